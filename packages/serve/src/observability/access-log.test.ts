import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAccessLog } from './access-log.ts';
import type { InvocationRecord } from './invocation-record.ts';

/** Few values each, so that one record often has what the one before it had. */
const records = fc.array(
  fc.record({
    endedMs: fc.constantFrom(1.5, 2.5),
    requestId: fc.constantFrom('a-1', 'a 2', '"3"'),
    method: fc.constantFrom('POST', 'GET'),
    path: fc.constantFrom('/invocations', '/v2/models/a b/infer', `/${'x'.repeat(70_000)}`),
    status: fc.constantFrom(200, 400),
    errorCode: fc.constantFrom(undefined, 'INPUT_INVALID'),
    durationMs: fc.constantFrom(0, 0.001, 12.5, 55_000.25),
    queueMs: fc.constantFrom(undefined, 0.25),
    predictMs: fc.constantFrom(undefined, 3),
    requestBytes: fc.constantFrom(0, 16),
    replyBytes: fc.constantFrom(8, 9),
    contentType: fc.constantFrom(undefined, 'text/csv', 'text/café; a="b"'),
  }),
  { maxLength: 20 },
);

test('every line says what its own record says, whatever the one before it was', () => {
  fc.assert(
    fc.property(records, (given) => {
      const written: Buffer[] = [];
      const log = createAccessLog({ format: 'json', write: (lines) => void written.push(lines) });

      for (const record of given) log.addInvocation(record as unknown as InvocationRecord);
      log.flush();

      const lines = Buffer.concat(written).toString().split('\n').slice(0, -1);
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
        given.map(({ endedMs: _, errorCode: code, ...fields }) => ({
          level: 'info',
          message: 'request',
          time: expect.any(String),
          code,
          ...fields,
        })),
      );
    }),
  );
});

const record = {
  requestId: 'a-1',
  method: 'POST',
  path: '/invocations',
  status: 200,
  durationMs: 1,
  requestBytes: 1,
  replyBytes: 1,
} as InvocationRecord;

test('lines are written whole, in order and none twice, whatever their size', () => {
  const written: Buffer[] = [];
  const log = createAccessLog({ write: (lines) => void written.push(lines) });
  const paths = Array.from({ length: 400 }, (_, index) => `/${index}/${'éÿ~x'.repeat((index * 37) % 300)}`);
  paths.splice(200, 0, 'é'.repeat(70_000), 'x'.repeat(65_500), '/after');

  for (const path of paths) log.addInvocation({ ...record, path } as InvocationRecord);
  log.flush();
  log.flush();

  const lines = Buffer.concat(written).toString().split('\n');
  expect(lines.map((line) => / path="?(.*?)"? status=/.exec(line)?.[1])).toEqual([...paths, undefined]);
  expect(written.every((bytes) => bytes.toString().endsWith('\n'))).toBe(true);
  expect(written.length).toBeLessThan(paths.length / 10);
});

test('a line does not wait for others longer than the log says', async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();

  createAccessLog({ write: resolve }).addInvocation(record);

  // The log's timer keeps no process alive; this one does.
  const alive = setInterval(() => undefined, 1_000);
  expect((await promise).toString()).toContain(' requestId=a-1 ');
  clearInterval(alive);
});

test('milliseconds are written to the microsecond, as a number', () => {
  const month = 31 * 24 * 3_600_000;
  const ms = fc.oneof(
    fc.double({ min: 0, max: month, noNaN: true }),
    fc.integer({ min: 0, max: 20_000 }).map((us) => us / 1e3),
  );

  fc.assert(
    fc.property(ms, (durationMs) => {
      let line = '';
      const log = createAccessLog({
        format: 'json',
        write: (lines) => {
          line += lines;
        },
      });

      log.addInvocation({ ...record, durationMs } as InvocationRecord);
      log.flush();

      expect(JSON.parse(line)).toMatchObject({ durationMs: Math.round(durationMs * 1e3) / 1e3 });
    }),
  );
});
