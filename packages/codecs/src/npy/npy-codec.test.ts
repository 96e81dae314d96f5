import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catchError, cutBytes, drain } from '../../test/bodies.ts';
import { hostileNpy, writeNpyFile } from '../../test/npy-files.ts';
import { CodecError } from '../errors.ts';
import type { NdArray } from './nd-array.ts';
import { npyCodec } from './npy-codec.ts';

const f8 = (...numbers: number[]) => new Uint8Array(Float64Array.from(numbers).buffer);

test('reads numbers without copying where the bytes allow it', () => {
  const body = writeNpyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", f8(1, 2, 3, 4));

  const { type, shape, values } = npyCodec.decode(body);

  expect({ type, shape, values }).toEqual({
    type: 'float64',
    shape: [2, 2],
    values: Float64Array.of(1, 2, 3, 4),
  });
  expect((values as Float64Array).buffer).toBe(body.buffer);
});

test('reads numbers that stand at any byte of a larger buffer', () => {
  const body = writeNpyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", f8(1, 2));
  for (let shift = 1; shift < 9; shift += 1) {
    const buffer = new Uint8Array(body.length + shift);
    buffer.set(body, shift);

    expect(npyCodec.decode(buffer.subarray(shift)).values).toEqual(Float64Array.of(1, 2));
  }
});

test.each([
  ['|b1', [0, 1, 7], 'bool', Uint8Array.of(0, 1, 1)],
  ['|i1', [255, 1, 127], 'int8', Int8Array.of(-1, 1, 127)],
  ['<i2', [255, 255, 1, 0, 0, 128], 'int16', Int16Array.of(-1, 1, -32768)],
  ['>u2', [1, 0, 0, 1, 255, 255], 'uint16', Uint16Array.of(256, 1, 65535)],
  ['>i4', [0, 0, 0, 1, 255, 255, 255, 254, 0, 0, 1, 0], 'int32', Int32Array.of(1, -2, 256)],
  ['<f2', [0, 60, 255, 251, 1, 0], 'float16', Float32Array.of(1, -65504, 2 ** -24)],
  [
    '>f4',
    [63, 128, 0, 0, 192, 0, 0, 0, 127, 128, 0, 0],
    'float32',
    Float32Array.of(1, -2, Number.POSITIVE_INFINITY),
  ],
  ['|S2', [97, 98, 99, 0, 195, 169], 'bytes', ['ab', 'c', 'é']],
  ['<U1', [97, 0, 0, 0, 0, 0, 0, 0, 0, 0xf6, 1, 0], 'text', ['a', '', '😀']],
  ['>U1', [0, 0, 0, 97, 0, 0, 0, 0, 0, 1, 0xf6, 0], 'text', ['a', '', '😀']],
])('reads elements of %s', (descr, bytes, type, values) => {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (3,), }`;

  expect(npyCodec.decode(writeNpyFile(header, Uint8Array.from(bytes)))).toEqual({ type, shape: [3], values });
});

test('reads 64-bit integers of either byte order as bigints', () => {
  const big = "{'descr': '>i8', 'fortran_order': False, 'shape': (1,), }";
  const little = "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }";

  expect(
    npyCodec.decode(writeNpyFile(big, Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254))).values,
  ).toEqual(BigInt64Array.of(-2n));
  expect(
    npyCodec.decode(writeNpyFile(little, Uint8Array.of(254, 255, 255, 255, 255, 255, 255, 255))).values,
  ).toEqual(BigUint64Array.of(2n ** 64n - 2n));
});

test('gives Fortran’s order as C’s', () => {
  const plane = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }";
  const cube = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }";

  expect(npyCodec.decode(writeNpyFile(plane, Uint8Array.of(1, 4, 2, 5, 3, 6))).values).toEqual(
    Uint8Array.of(1, 2, 3, 4, 5, 6),
  );
  expect(npyCodec.decode(writeNpyFile(cube, Uint8Array.of(0, 4, 2, 6, 1, 5, 3, 7))).values).toEqual(
    Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
  );
});

test.each([
  ['keys in another order, and double quotes', `{"shape": (1,), "descr": "<f8", "fortran_order": False}`],
  ['no blanks', "{'descr':'<f8','fortran_order':False,'shape':(1,)}"],
  ['the long integers of Python 2', "{'descr': '<f8', 'fortran_order': False, 'shape': (1L,), }"],
])('reads a header with %s', (_what, header) => {
  expect(npyCodec.decode(writeNpyFile(header, f8(7))).values).toEqual(Float64Array.of(7));
});

test('reads versions 1 to 3', () => {
  const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }";
  for (const version of [1, 2, 3]) {
    expect(npyCodec.decode(writeNpyFile(header, f8(7), version))).toEqual({
      type: 'float64',
      shape: [],
      values: Float64Array.of(7),
    });
  }
  expect(catchError(() => npyCodec.decode(writeNpyFile(header, f8(7), 4))).message).toContain('version 4');
});

const refused: readonly (readonly [what: string, header: string, code: string, message: string])[] = [
  [
    'a huge shape',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 9), }",
    'NPY_MALFORMED',
    'more elements than any file',
  ],
  [
    'more than there is',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }",
    'NPY_MALFORMED',
    'needs 800000000000 bytes',
  ],
  [
    'less than there is',
    "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }",
    'NPY_MALFORMED',
    'needs 1 byte of elements, the file has 8',
  ],
  [
    'a negative shape',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    'NPY_MALFORMED',
    '(-1,)',
  ],
  [
    'a number for a shape',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1), }",
    'NPY_MALFORMED',
    'not a tuple',
  ],
  [
    'objects',
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    'NPY_UNSUPPORTED',
    'Python objects, which are not supported',
  ],
  [
    'objects with a width',
    "{'descr': '|O8', 'fortran_order': False, 'shape': (1,), }",
    'NPY_UNSUPPORTED',
    'Python objects',
  ],
  [
    'records',
    "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    'NPY_UNSUPPORTED',
    'the array holds structured records, which are not supported: send',
  ],
  [
    'complex numbers',
    "{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }",
    'NPY_UNSUPPORTED',
    '<c16',
  ],
  ['dates', "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }", 'NPY_UNSUPPORTED', '<M8[ns]'],
  [
    'elements without bytes',
    "{'descr': '|S0', 'fortran_order': False, 'shape': (1000000000,), }",
    'NPY_MALFORMED',
    'take no bytes',
  ],
  [
    'a key twice',
    "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
    'NPY_MALFORMED',
    'not a dictionary',
  ],
  ['a key that is missing', "{'descr': '<f8', 'shape': (1,), }", 'NPY_MALFORMED', 'not a dictionary'],
  [
    'an expression',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } or __import__('os')",
    'NPY_MALFORMED',
    'not a dictionary',
  ],
  [
    'too many dimensions',
    `{'descr': '<f8', 'fortran_order': False, 'shape': (${'1, '.repeat(33)}), }`,
    'NPY_MALFORMED',
    '33 dimensions',
  ],
  [
    'a long header',
    `{'descr': '<f8', ${' '.repeat(10_000)}'fortran_order': False, 'shape': (1,), }`,
    'NPY_MALFORMED',
    'bytes long',
  ],
];

test.each(refused)('refuses %s', (_what, header, code, message) => {
  const error = catchError(() => npyCodec.decode(writeNpyFile(header, f8(1))));

  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
});

test('refuses what only begins as npy', () => {
  const whole = writeNpyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", f8(1));

  for (let length = 1; length < whole.length; length += 1) {
    expect(catchError(() => npyCodec.decode(whole.subarray(0, length))).code).toBe('NPY_MALFORMED');
  }
  expect(catchError(() => npyCodec.decode(new Uint8Array(0))).code).toBe('BODY_EMPTY');
});

test('turns any damaged file into an array or a CodecError', () => {
  fc.assert(
    fc.property(hostileNpy(), (bytes) => {
      try {
        const { shape, values } = npyCodec.decode(bytes);
        expect(values.length).toBe(shape.reduce((product, length) => product * length, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 3000 },
  );
});

describe('writing', () => {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  const numbers = fc.oneof(
    fc.float64Array().map((values): NdArray => ({ type: 'float64', shape: [values.length], values })),
    fc.float32Array().map((values): NdArray => ({ type: 'float32', shape: [values.length], values })),
    fc.bigInt64Array().map((values): NdArray => ({ type: 'int64', shape: [values.length], values })),
    fc.uint8Array().map((values): NdArray => ({ type: 'uint8', shape: [1, values.length], values })),
    shape.map(
      (lengths): NdArray => ({
        type: 'uint16',
        shape: lengths,
        values: Uint16Array.from({ length: lengths.reduce((a, b) => a * b, 1) }, (_, index) => index),
      }),
    ),
    fc
      .array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')))
      .map((values): NdArray => ({ type: 'text', shape: [values.length], values })),
  );

  test('reads back what it writes, whole and in chunks', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, async (array) => {
        const body = npyCodec.encode(array);

        expect(npyCodec.decode(body)).toEqual(array);
        expect((await drain(npyCodec.decodeStream(cutBytes(body, [7, 0, 100])))).items).toEqual([array]);
      }),
    );
  });

  test('begins the elements at a multiple of 64 bytes', () => {
    const body = npyCodec.encode([1, 2, 3]);

    expect((body.length - 24) % 64).toBe(0);
  });

  test.each([
    [
      [
        [1, 2],
        [3, 4],
      ],
      { type: 'float64', shape: [2, 2], values: Float64Array.of(1, 2, 3, 4) },
    ],
    [[true, false], { type: 'bool', shape: [2], values: Uint8Array.of(1, 0) }],
    [['a', 'bc'], { type: 'text', shape: [2], values: ['a', 'bc'] }],
    [[], { type: 'float64', shape: [0], values: new Float64Array(0) }],
    [[[], []], { type: 'float64', shape: [2, 0], values: new Float64Array(0) }],
    [5, { type: 'float64', shape: [], values: Float64Array.of(5) }],
    [Int32Array.of(1, 2), { type: 'int32', shape: [2], values: Int32Array.of(1, 2) }],
    [
      [Float32Array.of(1, 2), Float32Array.of(3, 4)],
      { type: 'float32', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
    ],
    [[[Int8Array.of(1)], [Int8Array.of(2)]], { type: 'int8', shape: [2, 1, 1], values: Int8Array.of(1, 2) }],
    [
      [
        { type: 'float32', shape: [1, 2], values: Float32Array.of(1, 2) },
        { type: 'float32', shape: [1, 2], values: Float32Array.of(3, 4) },
      ],
      { type: 'float32', shape: [2, 1, 2], values: Float32Array.of(1, 2, 3, 4) },
    ],
    [[{ type: 'text', shape: [1], values: ['a'] }], { type: 'text', shape: [1, 1], values: ['a'] }],
    [
      [Float32Array.of(1, 2), [3, 4], Int8Array.of(5, 6)],
      { type: 'float64', shape: [3, 2], values: Float64Array.of(1, 2, 3, 4, 5, 6) },
    ],
    [Uint8ClampedArray.of(1, 300), { type: 'uint8', shape: [2], values: Uint8Array.of(1, 255) }],
  ])('writes %j', (value, array) => {
    expect(npyCodec.decode(npyCodec.encode(value as Parameters<typeof npyCodec.encode>[0]))).toEqual(array);
  });

  /** Node has it from release 24 on. */
  const { Float16Array: Halves } = globalThis as { readonly Float16Array?: typeof Float32Array };
  test.each(Halves === undefined ? [] : [Halves.of(0.5, -65504)])('writes halves as halves', (halves) => {
    const body = npyCodec.encode([halves, halves]);

    expect(Buffer.from(body).toString('latin1')).toContain("'descr': '<f2'");
    expect(npyCodec.decode(body)).toEqual({
      type: 'float16',
      shape: [2, 2],
      values: Float32Array.of(0.5, -65504, 0.5, -65504),
    });
  });

  const endless: unknown[] = [];
  endless.push(endless);
  test.each([
    [[[1, 2], [3]], '$[1] has 1 element, expected a list of 2'],
    [[[1], 2], '$[1] is not a list'],
    [[1, 'a'], '$[1] is a string, others are a number'],
    [[{}], '$[0] is an object'],
    [[null], '$[0] is null'],
    [endless, 'more than 32 dimensions'],
    [new Map([['a', 1]]), '$ is an object'],
    [[new Date(0), 1], '$[1] is a number, others are a string'],
    [[1, 5n], '$[1] is a bigint, others are a number'],
    [[[1, undefined]], '$[0][1] is undefined'],
    [[Float32Array.of(1), Float32Array.of(1, 2)], '$[1] has 2 elements, expected a list of 1'],
    [{ type: 'float64', shape: [3], values: Float64Array.of(1) }, 'does not match 1 value'],
    [{ type: 'float32', shape: [1], values: Float64Array.of(1) }, 'not of type "float32"'],
    [['\ud800'], 'surrogate'],
  ])('refuses %o', (value, message) => {
    const error = catchError(() => npyCodec.encode(value as Parameters<typeof npyCodec.encode>[0]));

    expect(error.code).toBe('NPY_UNENCODABLE');
    expect(error.message).toContain(message);
  });

  const withoutElements = (length: number): unknown[] => Object.assign([], { length });
  const transferred = () => {
    const array = Float32Array.of(1);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  };

  test.each([
    [
      'more elements than a list can hold',
      withoutElements(4e9),
      'has 4000000000 elements, more than 134217728',
    ],
    ['no elements but a length', [withoutElements(1e8)], '$[0][0] is undefined'],
    [
      'texts without elements',
      { type: 'text', shape: [4e9], values: withoutElements(4e9) },
      'it has 4000000000 texts',
    ],
    [
      'a shape without elements',
      { type: 'int8', shape: withoutElements(4e9), values: Int8Array.of(1) },
      'not match',
    ],
    ['a transferred array among lists', [[1], transferred()], 'the memory of the array is gone'],
    [
      'a transferred array',
      { type: 'float32', shape: [0], values: transferred() },
      'the memory of the array is gone',
    ],
  ])('refuses %s', (_name, value, message) => {
    const error = catchError(() => npyCodec.encode(value as Parameters<typeof npyCodec.encode>[0]));

    expect(error.message).toContain(message);
  });
});
