import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createLog } from '@optml/contract/log';
import { expect, test } from 'vitest';
import { watchEventLoop } from './watch-event-loop.ts';

/** Answers, blocks for as long as it is told, answers again. */
const program = `
process.on('message', ({ kind, blockMs }) => {
  if (kind === 'optml:are-you-there') process.send({ kind: 'optml:alive' });
  if (blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
});
process.send({ kind: 'optml:alive' });`;

test('a blocked event loop is named once, and so is its end', async () => {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const lines: string[] = [];
  const freed = Promise.withResolvers<void>();
  const log = createLog(
    (line) => {
      lines.push(line);
      if (line.startsWith('INFO')) freed.resolve();
    },
    { minimumLevel: 10 },
  );
  watchEventLoop(child, { log, blockedAfterMs: 1_000 });
  await once(child, 'message');

  child.send({ kind: 'block', blockMs: 2_500 });
  await freed.promise;
  child.kill();
  await once(child, 'exit');

  expect(lines.map((line) => line.replace(/blockedSeconds=\d+/, ''))).toEqual([
    'WARN  the event loop of the training process is blocked: a request to stop takes effect only when it is free ',
    'INFO  the event loop of the training process is free again ',
  ]);
});

test('a loop that is blocked from its first line is named, too', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const named = Promise.withResolvers<string>();

  watchEventLoop(child, {
    log: createLog(named.resolve, { minimumLevel: 10 }),
    blockedAfterMs: 100,
  });
  const line = await named.promise;
  child.kill('SIGKILL');
  await once(child, 'exit');

  expect(line).toContain('is blocked');
});
