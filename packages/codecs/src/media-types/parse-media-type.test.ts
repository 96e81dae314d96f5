import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError } from '../../test/bodies.ts';
import { CodecError } from '../errors.ts';
import { parseMediaType } from './parse-media-type.ts';

test.each([
  ['text/csv', 'text/csv', {}],
  [' Text/CSV ; Charset=UTF-8', 'text/csv', { charset: 'UTF-8' }],
  ['text/csv; charset="utf-8"; label_size=0', 'text/csv', { charset: 'utf-8', label_size: '0' }],
  ['a/b; p="x;y\\"z"', 'a/b', { p: 'x;y"z' }],
  ['a/b;p=1;P=2', 'a/b', { p: '1' }],
  ['text/csv;', 'text/csv', {}],
  ['text/csv; charset', 'text/csv', {}],
  [
    'application/vnd.sagemaker-triton.binary+json;json-header-size=7',
    'application/vnd.sagemaker-triton.binary+json',
    { 'json-header-size': '7' },
  ],
])('parses %j', (header, type, parameters) => {
  const parsed = parseMediaType(header);

  expect(parsed.type).toBe(type);
  expect({ ...parsed.parameters }).toEqual(parameters);
});

test.each([
  '',
  'csv',
  'text/',
  '/csv',
  'text/csv/x',
  'text /csv',
  'text/csv, a/b',
  'text/csv; =x',
  'téxt/csv',
])('refuses %j and quotes it', (header) => {
  const error = catchError(() => parseMediaType(header));

  expect(error.code).toBe('MEDIA_TYPE_MALFORMED');
  expect(error.message).toContain(JSON.stringify(header));
});

test('quotes only the start of a long header', () => {
  expect(catchError(() => parseMediaType('x'.repeat(10_000))).message.length).toBeLessThan(300);
});

test('turns any header into a media type or a CodecError', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab/;=", \\*\té') }), (header) => {
      try {
        expect(parseMediaType(header).type).toContain('/');
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('keeps a parameter called __proto__ away from prototypes', () => {
  const { parameters } = parseMediaType('a/b;__proto__=x');

  expect(Object.keys(parameters)).toEqual(['__proto__']);
  expect(parameters.constructor).toBeUndefined();
});
