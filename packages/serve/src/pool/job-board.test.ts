import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBoardFile, openBoardFile } from './board-file.ts';
import { createJobBoard, jobNumbers, type ServerBoard, type WorkerBoard } from './job-board.ts';

interface Ends {
  readonly server: ServerBoard;
  readonly worker: WorkerBoard;
  close(): void;
}

const boards = [
  [
    'in memory',
    (): Ends => {
      const server = createJobBoard();
      return { server, worker: createJobBoard(server.memory), close: () => undefined };
    },
  ],
  [
    'in a file',
    (): Ends => {
      const server = createBoardFile();
      return { server, worker: openBoardFile(server.descriptor), close: server.close };
    },
  ],
] as const;

const someJob = fc.integer({ min: 1, max: jobNumbers - 1 });

test.each(boards)('a job is begun or taken back, never both (%s)', (_, createBoard) => {
  fc.assert(
    fc.property(someJob, fc.boolean(), (job, isTakenFirst) => {
      const { server, worker, close } = createBoard();
      server.post(job);

      const taken = isTakenFirst && server.takeBack(job);
      const begun = worker.begin(job);

      expect([taken, begun]).toEqual([isTakenFirst, !isTakenFirst]);
      if (begun) expect([server.hasBegun(job), server.takeBack(job)]).toEqual([true, false]);
      close();
    }),
  );
});

test.each(boards)(
  'a job that is parked can be taken back, and then does not begin again (%s)',
  (_, createBoard) => {
    const { server, worker, close } = createBoard();
    server.post(7);
    worker.begin(7);
    worker.park(7);

    expect([server.hasBegun(7), server.takeBack(7), worker.begin(7)]).toEqual([false, true, false]);
    close();
  },
);

test.each(boards)('a job that is done is known to be, and can be taken back (%s)', (_, createBoard) => {
  const { server, worker, close } = createBoard();
  server.post(7);
  worker.begin(7);
  const before = server.hasFinished(7);
  worker.finish(7);

  expect([before, server.hasFinished(7), server.hasBegun(7)]).toEqual([false, true, false]);
  expect([server.takeBack(7), worker.begin(7)]).toEqual([true, false]);
  close();
});

test.each(boards)('a job whose slot a later one has taken over had begun (%s)', (_, createBoard) => {
  const { server, worker, close } = createBoard();
  server.post(1);
  worker.begin(1);
  const later = 1 + 4_096;

  server.post(later);
  const before = [server.hasBegun(1), server.takeBack(1), server.hasBegun(later)];
  worker.begin(later);

  expect([...before, server.hasBegun(1), server.takeBack(1), server.hasBegun(later)]).toEqual([
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
  close();
});

test('the numbers of jobs in a file begin again after the last', () => {
  const server = createBoardFile();
  const worker = openBoardFile(server.descriptor);
  worker.begin(jobNumbers - 4_095);
  const before = [server.hasBegun(jobNumbers - 4_095), server.hasBegun(1)];

  worker.begin(1);

  expect([...before, server.hasBegun(jobNumbers - 4_095), server.hasBegun(1)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  server.close();
});

test('two processes never both have a job', async () => {
  const count = 4_000;
  const board = createBoardFile();
  const program = fileURLToPath(new URL('../../test/programs/begin-jobs.ts', import.meta.url));
  const stdio = ['ignore', 'pipe', 'inherit', board.descriptor] as const;
  const child = spawn(process.execPath, [program, String(count)], { stdio: [...stdio] });
  const output = child.stdout?.setEncoding('utf8') as Readable;
  const chunks: string[] = [String((await once(output, 'data'))[0])];
  output.on('data', (chunk) => chunks.push(chunk));

  // From the other end, so that they meet.
  const taken = new Set<number>();
  for (let job = count; job > 0; job -= 1) if (board.takeBack(job)) taken.add(job);
  await once(child, 'close');
  const begun = new Set<number>(JSON.parse(chunks.join('')));
  board.close();

  expect([...taken].filter((job) => begun.has(job))).toEqual([]);
  expect(taken.size + begun.size).toBeGreaterThan(0);
});

test('what stands in a file is known after it is closed', () => {
  const server = createBoardFile();
  const worker = openBoardFile(server.descriptor);
  worker.begin(1);
  worker.begin(2);
  worker.park(2);

  server.close();

  expect([1, 2, 3].map(server.hasBegun)).toEqual([true, false, false]);
});

test('the times of a job are those of its own reply', () => {
  const number = fc.integer({ min: 0, max: jobNumbers - 4_097 });
  const times = [1.5, 2.25, 3, 4, 5, 6, 7] as const;

  fc.assert(
    fc.property(number, (job) => {
      const server = createJobBoard();
      const worker = createJobBoard(server.memory);
      server.post(job);
      const before = server.readTimes(job);
      worker.writeTimes(job, times);
      const own = server.readTimes(job);
      const later = job + 4_096;
      server.post(later);
      // The worker comes back to what was given up long ago.
      worker.writeTimes(job, times);

      expect([before, own, server.readTimes(later)]).toEqual([undefined, times, undefined]);
    }),
  );
});
