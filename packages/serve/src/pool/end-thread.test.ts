/** How threads end, by real ones: with code 0 when they exit themselves, with 1 when they are terminated. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { endThread } from './end-thread.ts';

/** Starts a thread that exits when it is asked to, and waits until it runs `code`. */
async function startThread(code: string) {
  const program = `
    const { parentPort } = require('node:worker_threads');
    const { openSync, readlinkSync, readSync } = require('node:fs');
    parentPort.on('message', () => process.exit(0));
    parentPort.postMessage(readlinkSync('/proc/thread-self'));
    void (async () => { ${code} })();`;
  const worker = new Worker(program, { eval: true });
  onTestFinished(() => void worker.terminate());
  const [kernelId] = (await once(worker, 'message')) as [string];
  return { thread: worker, kernelId };
}

/** Gives a FIFO whose reads are native calls of about 50 ms for each of so many threads. */
async function openClock(threads: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-serve-'));
  const file = join(directory, 'clock');
  execFileSync('mkfifo', [file]);
  const descriptor = openSync(file, 'r+');
  const ticking = setInterval(() => writeSync(descriptor, new Uint8Array(threads)), 50);
  onTestFinished(async () => {
    clearInterval(ticking);
    closeSync(descriptor);
    await rm(directory, { recursive: true });
  });
  return file;
}

test.each([
  ['awaited', 'for (;;) { read(); await new Promise(setImmediate); }'],
  ['synchronous', 'for (let runs = 0; runs < 20; runs += 1) read();'],
])(
  'of fifty threads in a loop of native calls (%s) none is terminated',
  async (_, loop) => {
    const file = await openClock(50);
    const code = `
    const descriptor = openSync(${JSON.stringify(file)}, 'r');
    const read = () => readSync(descriptor, new Uint8Array(1));
    ${loop}`;
    const threads = await Promise.all(Array.from({ length: 50 }, () => startThread(code)));

    const exits = threads.map(({ thread }) => once(thread, 'exit'));
    for (const { thread, kernelId } of threads) void endThread(thread, { kernelId, isUrgent: false });

    const exitCodes = (await Promise.all(exits)).map(([exitCode]) => exitCode);
    expect(exitCodes).toEqual(Array.from({ length: 50 }, () => 0));
  },
  60_000,
);

test.each([
  ['that does nothing', false, 'for (;;);'],
  ['that makes garbage', false, 'for (let list; ; list = Array.from({ length: 1000 }, () => ({})));'],
  ['that allocates', true, 'for (const kept = []; ; kept.push(Buffer.alloc(1_000_000, 1)));'],
])('a loop of JavaScript %s is terminated', async (_, isUrgent, code) => {
  const { thread, kernelId } = await startThread(code);

  void endThread(thread, { kernelId, isUrgent });

  expect(await once(thread, 'exit')).toEqual([1]);
});
