/** What it costs to read raw bytes through a channel in Pipe mode. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Benchmark } from '../benchmark.ts';
import { makeJobTree } from '../make-job-tree.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { streamChannel, writeIntoFifo } from '../stream-channel.ts';

const rounds = 7;
const zeros = 'head -c 2000000000 /dev/zero';

export const pipeChannel: Benchmark = {
  title: '2 GB of raw bytes through a Pipe channel (A), against `cat FIFO` into a pipe (B)',
  async measure() {
    const measured = await measureInTurn(
      async () => (await streamChannel(zeros, 'bytes')).durationMs,
      () => cat(),
      rounds,
    );
    const same = (ms: number) => ms;
    // 0.6 of the throughput.
    return [{ name: 'first to last byte', ...compareRounds(measured, same, same), atMost: 1.67 }];
  },
};

async function cat(): Promise<number> {
  const root = await makeJobTree();
  try {
    const fifo = join(root, 'fifo');
    const writer = writeIntoFifo(zeros, fifo);
    const startedMs = performance.now();
    const reader = spawn('sh', ['-c', 'cat "$0" | cat > /dev/null', fifo], {
      env: { PATH: process.env.PATH },
      stdio: 'ignore',
    });
    await Promise.all([writer, once(reader, 'exit')]);
    return performance.now() - startedMs;
  } finally {
    await rm(root, { recursive: true });
  }
}
