import { codecErrorCodes } from '@optml/codecs';
import { expect, test } from 'vitest';
import { isKnownError, ServeError, serveErrorCodes, statusOf } from './errors.ts';

test('every code of both packages has a status of an error', () => {
  for (const code of [...serveErrorCodes, ...codecErrorCodes]) {
    expect(statusOf(code)).toBeGreaterThanOrEqual(400);
    expect(isKnownError(Object.assign(new Error('x'), { code }))).toBe(true);
  }
});

test.each(['ENOENT', 'toString', '__proto__', ''])(
  'a code that is not in the table (%s) is a bug: 500',
  (code) => {
    expect(statusOf(code)).toBe(500);
    expect(isKnownError(Object.assign(new Error('x'), { code }))).toBe(false);
  },
);

test('an error keeps its cause', () => {
  const cause = new Error('inner');

  expect(new ServeError('INTERNAL', 'outer', { cause })).toMatchObject({ code: 'INTERNAL', cause });
});
