/** Bodies that are made to cost more than they take. */

import { constants } from 'node:buffer';
import { expect, test } from 'vitest';
import { catchError, toBytes } from '../../test/bodies.ts';
import { csvCodec, jsonCodec, jsonLinesCodec, npyCodec, recordIoProtobufCodec } from '../index.ts';

test.each([
  ['lists', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['lists without an end', '['.repeat(100_000)],
])('JSON of %s nested 100,000 deep is refused', (_what, text) => {
  const error = catchError(() => jsonCodec.decode(toBytes(text)));

  expect([error.code, error.line]).toEqual(['JSON_MALFORMED', 1]);
  expect(error.message).toContain('nested deeper than 1000 levels');
});

test('a JSON line nested 100,000 deep is refused with its record', () => {
  const body = toBytes(`[1]\n\n${'['.repeat(100_000)}${']'.repeat(100_000)}\n`);

  expect({ ...catchError(() => jsonLinesCodec.decode(body)) }).toMatchObject({
    code: 'JSON_MALFORMED',
    line: 3,
    record: 1,
  });
});

test('JSON that is nested 1,000 deep is read', () => {
  const text = '['.repeat(1000) + ']'.repeat(1000);

  expect(JSON.stringify(jsonCodec.decode(toBytes(text)))).toBe(text);
});

test.each(['{"__proto__": {"polluted": 1}}', '{"a": 1, "a": 3}', '[{"b": {"a": 1, "\\u0061": 3}}]'])(
  'the ambiguous keys of %s are refused, with the record that has them',
  (text) => {
    expect(catchError(() => jsonCodec.decode(toBytes(text))).code).toBe('JSON_MALFORMED');
    expect({ ...catchError(() => jsonLinesCodec.decode(toBytes(`{}\n${text}\n`))) }).toMatchObject({
      code: 'JSON_MALFORMED',
      line: 2,
      record: 1,
    });
  },
);

test('keys with the names of what every object has are ordinary keys', () => {
  const value = jsonCodec.decode(toBytes('{"constructor": 2, "toString": 3, "hasOwnProperty": 4}'));

  expect(Object.entries(value as object)).toHaveLength(3);
});

test('a csv row of 1,000,000 columns is read, and the next one must be as wide', () => {
  const row = `${'1,'.repeat(999_999)}1\n`;

  expect(csvCodec.decode(toBytes(row))[0]?.cells).toHaveLength(1_000_000);
  expect({ ...catchError(() => csvCodec.decode(toBytes(`${row}1\n`))) }).toMatchObject({
    code: 'CSV_RAGGED',
    line: 2,
    record: 1,
  });
});

test.each([jsonCodec, npyCodec])('the highest limit is not advised to be raised (%#)', (codec) => {
  // Its pages are never touched.
  const body = new Uint8Array(constants.MAX_STRING_LENGTH + 1);

  const highest = catchError(() => codec.decode(body, { maximumRecordBytes: Number.POSITIVE_INFINITY }));
  const lower = catchError(() => codec.decode(body));

  expect(highest.message).toMatch(/ is larger than 5\d{8} bytes: send less$/);
  expect(lower.message).toMatch(/ is larger than 16777216 bytes: send less, or raise maximumRecordBytes$/);
});

test('a quote that is never closed ends at the limit of a record', () => {
  const body = toBytes(`1,2\n"${'x'.repeat(3_000_000)}`);

  expect({ ...catchError(() => csvCodec.decode(body, { maximumRecordBytes: 1_000_000 })) }).toMatchObject({
    code: 'RECORD_TOO_LARGE',
    line: 2,
    record: 1,
  });
  expect({ ...catchError(() => csvCodec.decode(body)) }).toMatchObject({
    code: 'CSV_MALFORMED',
    line: 2,
    record: 1,
  });
});

test.each([
  ['a feature', [0x0a, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0]],
  ['a text', [0x1a, 0x80, 0x80, 0x80, 0x80, 0x08, 0, 0]],
  ['an unknown field', [0x7a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]],
])('protobuf in which %s goes on past the end of its record is refused', (_what, payload) => {
  const good = recordIoProtobufCodec.encode([{ uid: 'a' }]);
  const bad = Uint8Array.from([0x0a, 0x23, 0xd7, 0xce, 8, 0, 0, 0, ...payload]);
  const body = Uint8Array.from([...good, ...bad]);

  expect({ ...catchError(() => recordIoProtobufCodec.decode(body)) }).toMatchObject({
    code: 'PROTOBUF_MALFORMED',
    record: 1,
  });
});
