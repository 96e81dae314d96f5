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
