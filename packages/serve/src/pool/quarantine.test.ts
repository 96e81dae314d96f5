import { expect, test } from 'vitest';
import { Cancellation } from '../invocation/cancellation.ts';
import { createJob, type Job } from './job.ts';
import { createQuarantine, nameBody, nameOf } from './quarantine.ts';

const request = (body: string | Uint8Array) => ({
  requestId: 'x',
  body,
  contentType: 'text/csv',
  accept: undefined,
  customAttributes: undefined,
  headers: {},
});

const createJobOf = (body: string): Job =>
  createJob({
    request: request(body),
    cancellation: new Cancellation(),
    endMs: 0,
    resolve: () => undefined,
    finish: () => undefined,
    reject: () => undefined,
  });

const one = createJobOf('1');

test('a body is suspected after an end, and refused after one during which it was alone', () => {
  const quarantine = createQuarantine();

  const before = quarantine.judge(one);
  quarantine.noteEnd([nameOf(one)], false);
  const suspected = quarantine.judge(one);
  quarantine.noteEnd([nameOf(one)], true);

  expect([before, suspected]).toEqual(['innocent', 'suspect']);
  expect(quarantine.judge(one)).toMatchObject({
    code: 'REQUEST_QUARANTINED',
    message: expect.stringMatching(/has ended 2 workers and is refused for 300 s/),
  });
  expect(quarantine.judge(createJobOf('2'))).toBe('innocent');
});

test('an end accuses a body once, and ends in company convict none', () => {
  const quarantine = createQuarantine();

  for (let end = 0; end < 10; end += 1) quarantine.noteEnd([nameOf(one), nameOf(one)], false);
  const suspected = quarantine.judge(one);
  quarantine.noteEnd([nameOf(one)], true);

  expect(suspected).toBe('suspect');
  expect(quarantine.judge(one)).toMatchObject({ message: expect.stringContaining('ended 11 workers') });
});

test('a body that did no harm alone is forgotten', () => {
  const quarantine = createQuarantine();
  quarantine.noteEnd([nameOf(one)], false);

  quarantine.acquit(one);

  expect(quarantine.judge(one)).toBe('innocent');
});

test('a body is refused for five minutes, and one more end alone refuses it again', () => {
  let nowMs = 0;
  const quarantine = createQuarantine(() => nowMs);
  quarantine.noteEnd([nameOf(one)], false);
  quarantine.noteEnd([nameOf(one)], true);

  nowMs = 299_001;
  const last = quarantine.judge(one);
  nowMs = 300_000;
  const free = quarantine.judge(one);
  quarantine.noteEnd([nameOf(one)], true);

  expect(last).toMatchObject({ message: expect.stringContaining('refused for 1 s') });
  expect(free).toBe('suspect');
  expect(quarantine.judge(one)).toMatchObject({ code: 'REQUEST_QUARANTINED' });
});

test('no more than a thousand bodies are remembered', () => {
  const quarantine = createQuarantine();
  const jobs = Array.from({ length: 1_001 }, (_, index) => createJobOf(`${index}`));

  quarantine.noteEnd(jobs.map(nameOf), false);

  expect(jobs.filter((job) => quarantine.judge(job) === 'suspect')).toHaveLength(1_000);
});

test('large bodies of one length that differ at an end have different names', () => {
  const [a, b, c] = [new Uint8Array(100_000), new Uint8Array(100_000), new Uint8Array(100_000)];
  b[0] = 1;
  c[99_999] = 1;

  expect(new Set([a, b, c].map((body) => nameBody(request(body)))).size).toBe(3);
});
