import { expect, test } from 'vitest';
import { Cancellation } from '../invocation/cancellation.ts';
import { createJob, type Job } from './job.ts';
import { createJobBoard } from './job-board.ts';
import type { WorkerHost } from './worker-host.ts';
import { WorkerJobs } from './worker-jobs.ts';

function takeTwo() {
  const board = createJobBoard();
  const host = { board, takesBodies: false } as unknown as WorkerHost;
  const jobs = new WorkerJobs(host, { onDeclined: () => undefined, streamMs: 1_000 });
  const facts = { endMs: 1_000, resolve: () => undefined, finish: () => undefined, reject: () => undefined };
  const [first, second] = ['1', '2'].map((body) => {
    const request = {
      requestId: body,
      contentType: undefined,
      accept: undefined,
      customAttributes: undefined,
      headers: {},
      body: Buffer.from(body),
    };
    const job = createJob({ request, cancellation: new Cancellation(), ...facts });
    jobs.take(job, 0);
    return job;
  }) as [Job, Job];
  return { board, jobs, first, second };
}

test('a job that is done is not taken back while its reply may be on its way', () => {
  const { board, jobs, first, second } = takeTwo();
  board.begin(first.number);
  board.finish(first.number);

  expect([jobs.takeBack(), jobs.takeBack()]).toEqual([[second], []]);
});

test('a job that is done is taken back where another one keeps its reply, at the second look', () => {
  const { board, jobs, first, second } = takeTwo();
  board.begin(first.number);
  board.finish(first.number);
  board.begin(second.number);

  expect([jobs.takeBack(), jobs.takeBack(), jobs.takeBack()]).toEqual([[], [first], []]);
});
