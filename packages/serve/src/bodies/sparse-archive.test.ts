import { type NdArray, npzCodec } from '@optml/codecs';
import { expect, test } from 'vitest';
import { decodeBody } from './decode-body.ts';
import { createMediaTypes } from './media-types.ts';

const list = (values: readonly number[]): NdArray => ({
  type: 'int64',
  shape: [values.length],
  values: BigInt64Array.from(values, BigInt),
});
const word = (text: string): NdArray => ({ type: 'text', shape: [], values: [text] });
const matrix = {
  shape: list([2, 3]),
  data: { type: 'float32', shape: [3], values: Float32Array.of(1, 2, 3.5) },
};
const csr = { ...matrix, format: word('csr'), indices: list([0, 2, 1]), indptr: list([0, 2, 3]) };
const coo = { ...matrix, format: word('coo'), row: list([0, 0, 1]), col: list([0, 2, 1]) };
const rows = [
  [1, 0, 2],
  [0, 3.5, 0],
];

function decode(arrays: object): unknown {
  const { resolveContentType } = createMediaTypes();
  const body = npzCodec.encode(arrays as Parameters<typeof npzCodec.encode>[0]);
  return decodeBody(body, resolveContentType('application/x-npz')).instances;
}

test.each([
  ['by rows', csr],
  [
    'by columns',
    {
      ...csr,
      format: word('csc'),
      indices: list([0, 1, 0]),
      indptr: list([0, 1, 2, 3]),
      data: list([1, 3, 2]),
    },
  ],
  ['by pairs', coo],
])('a sparse matrix %s is its rows, zeros and all', (name, arrays) => {
  const expected =
    name === 'by columns'
      ? [
          [1, 0, 2],
          [0, 3, 0],
        ]
      : rows;

  expect(decode(arrays)).toEqual(expected);
});

test('values at the same place are added', () => {
  expect(decode({ ...coo, row: list([1, 1, 1]), col: list([2, 2, 0]) })).toEqual([
    [0, 0, 0],
    [3.5, 0, 3],
  ]);
});

test('an archive that only has an array called format stays what it is', () => {
  expect(decode({ format: word('csr'), x: list([1]) })).toEqual({ format: 'csr', x: [1] });
});

test.each([
  ['a format that is not read', { ...csr, format: word('bsr') }, /bsr.*csr, csc or coo/],
  ['a row outside', { ...coo, row: list([0, 0, 2]) }, /row 2: expected 0 to 1/],
  ['a negative row', { ...coo, row: list([-1, 0, 1]) }, /row -1/],
  ['a column outside', { ...csr, indices: list([0, 3, 1]) }, /instances\[0\].*column 3: expected 0 to 2/],
  ['a missing column', { ...coo, col: list([0]) }, /instances\[0\].*column NaN/],
  ['values that run out', { ...csr, data: list([1]) }, /instances\[0\].*no value 1/],
  ['lines that run backwards', { ...csr, indptr: list([0, 3, 1]) }, /3 to 1 in "indptr"/],
  ['a line before the first', { ...csr, indptr: list([-2, 2, 3]) }, /-2 to 2/],
  ['a missing line', { ...csr, indptr: list([0, 2]) }, /2 to NaN/],
  ['three dimensions', { ...csr, shape: list([2, 3, 1]) }, /shape of 3 numbers/],
  ['a negative shape', { ...csr, shape: list([-2, 3]) }, /shape/],
  ['a missing list', { ...csr, indptr: word('x') }, /missing the list "indptr"/],
  [
    'words for values',
    { ...csr, data: { type: 'text', shape: [1], values: ['x'] } },
    /"data" that is not a finite/,
  ],
])('%s is refused with its place', (_name, arrays, message) => {
  expect(() => decode(arrays)).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(message) }),
  );
});

test.each([
  ['columns', [2, 2 ** 31]],
  ['rows without columns', [2 ** 31, 0]],
])('a shape of very many %s takes no memory', (_name, shape) => {
  expect(() => decode({ ...csr, shape: list(shape) })).toThrow(
    expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
  );
});
