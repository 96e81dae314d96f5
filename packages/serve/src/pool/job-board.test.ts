import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createJobBoard, jobNumbers } from './job-board.ts';

test('a job is begun or taken back, never both', () => {
  const number = fc.integer({ min: 0, max: jobNumbers - 1 });

  fc.assert(
    fc.property(number, fc.boolean(), (job, isTakenFirst) => {
      const server = createJobBoard();
      const worker = createJobBoard(server.memory);
      server.post(job);

      const taken = isTakenFirst && server.takeBack(job);
      const begun = worker.begin(job);

      expect([begun, server.takeBack(job), server.hasBegun(job)]).toEqual([!taken, false, true]);
    }),
  );
});

test('a job that is parked can be taken back, and then does not begin again', () => {
  const board = createJobBoard();
  board.post(7);
  board.begin(7);
  board.park(7);

  expect([board.hasBegun(7), board.takeBack(7), board.begin(7)]).toEqual([false, true, false]);
});

test('a job whose slot a later one has taken over had begun', () => {
  const board = createJobBoard();
  board.post(1);
  board.begin(1);

  board.post(1 + 4_096);

  expect([board.hasBegun(1), board.takeBack(1), board.hasBegun(1 + 4_096)]).toEqual([true, false, false]);
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
