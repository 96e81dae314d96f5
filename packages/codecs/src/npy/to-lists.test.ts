import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError } from '../../test/bodies.ts';
import { npyCodec } from './npy-codec.ts';
import { toLists } from './to-lists.ts';

test('gives back the lists that an array was written from', () => {
  const lists = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 }))
    .map(([a, b, c]) =>
      Array.from({ length: a }, (_, i) =>
        Array.from({ length: b }, (_, j) => Array.from({ length: c }, (_, k) => i + j / 7 + k / 49)),
      ),
    );

  fc.assert(
    fc.property(lists, (value) => {
      expect(toLists(npyCodec.decode(npyCodec.encode(value)))).toEqual(value);
    }),
  );
});

test('gives elements as JSON has them', () => {
  expect(toLists({ type: 'bool', shape: [2], values: Uint8Array.of(1, 0) })).toEqual([true, false]);
  expect(toLists({ type: 'int64', shape: [2], values: BigInt64Array.of(-2n, 2n ** 53n - 1n) })).toEqual([
    -2,
    2 ** 53 - 1,
  ]);
  expect(toLists({ type: 'text', shape: [], values: ['a'] })).toBe('a');
  expect(toLists({ type: 'float32', shape: [1, 2], values: Float32Array.of(0.5, 2) })).toEqual([[0.5, 2]]);
});

test('refuses integers that a number cannot hold, or gives them as they are', () => {
  const array = { type: 'uint64', shape: [2], values: BigUint64Array.of(2n ** 53n, 2n ** 53n + 1n) } as const;

  const error = catchError(() => toLists(array));

  expect([error.code, error.record]).toEqual(['NUMBER_LOSSY', 1]);
  expect(error.message).toContain('element 1 (from zero) is 9007199254740993');
  expect(toLists(array, { lossyNumbers: 'text' })).toEqual([2 ** 53, '9007199254740993']);
  expect(toLists(array, { lossyNumbers: 'bigint' })).toEqual([2 ** 53, 2n ** 53n + 1n]);
});

test('refuses a shape that is not that of the values', () => {
  const error = catchError(() => toLists({ type: 'int8', shape: [2, 2], values: Int8Array.of(1) }));

  expect(error.message).toContain('the shape (2, 2) does not match 1 value');
});

test('refuses shapes that are nearly nothing but lists', () => {
  const nothing = { type: 'uint8', values: new Uint8Array(0) } as const;

  expect(catchError(() => toLists({ ...nothing, shape: [2 ** 40, 0] })).code).toBe('NPY_UNSUPPORTED');
  expect(catchError(() => toLists({ ...nothing, shape: [2 ** 20, 2 ** 20, 0] })).code).toBe(
    'NPY_UNSUPPORTED',
  );
  expect(
    catchError(() =>
      toLists({ type: 'uint8', shape: [100_000, ...Array(31).fill(1)], values: new Uint8Array(100_000) }),
    ).code,
  ).toBe('NPY_UNSUPPORTED');
});
