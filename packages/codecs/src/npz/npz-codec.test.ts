import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain } from '../../test/bodies.ts';
import { hostileNpy } from '../../test/npy-files.ts';
import { type TestMember, writeZip } from '../../test/zip-files.ts';
import { CodecError } from '../errors.ts';
import { npyCodec } from '../npy/npy-codec.ts';
import { npzCodec } from './npz-codec.ts';

const numbers = (count = 2) => npyCodec.encode(Float64Array.from({ length: count }, (_, index) => index));
const member = (facts: Partial<TestMember> = {}): TestMember => ({
  name: 'x.npy',
  bytes: numbers(),
  ...facts,
});
const array = { type: 'float64', shape: [2], values: Float64Array.of(0, 1) };

test.each([
  ['stored', [member()], {}],
  ['deflated', [member({ deflate: true })], {}],
  ['with sizes in zip64 fields', [member({ zip64: true })], {}],
  ['with a zip64 directory', [member()], { zip64: true }],
  ['with a comment behind it', [member()], { comment: 'PK\x05\x06 and so on' }],
  ['with a data descriptor', [member({ flags: 8 })], {}],
])('reads an archive %s', (_how, members, options) => {
  expect(npzCodec.decode(writeZip(members, options))).toEqual({ x: array });
});

test('refuses to write what is not an array', () => {
  for (const value of [null, undefined, { a: null }, { a: { b: 1 } }]) {
    expect(catchError(() => npzCodec.encode(value as never)).code).toBe('NPY_UNENCODABLE');
  }
});

test('keeps any name apart from the members of objects', () => {
  const arrays = npzCodec.decode(
    writeZip([member({ name: '__proto__.npy' }), member({ name: 'group/é.npy' })]),
  );

  expect(Object.keys(arrays)).toEqual(['__proto__', 'group/é']);
  expect(arrays.toString).toBeUndefined();
});

test.each([
  ['../x.npy', 'a path'],
  ['/etc/passwd.npy', 'a path'],
  ['a/../../x.npy', 'a path'],
  ['C:\\x.npy', 'a path'],
  ['a\0b.npy', 'a path'],
  ['.npy', 'a path'],
  ['x', 'not a .npy file'],
  ['x.pkl', 'not a .npy file'],
])('refuses a member that is called %j', (name, message) => {
  const error = catchError(() => npzCodec.decode(writeZip([member(), member({ name })])));

  expect([error.code, error.record]).toEqual(['NPZ_MALFORMED', 1]);
  expect(error.message).toContain(message);
});

test.each([
  ['that is encrypted', { flags: 1 }, 'NPZ_UNSUPPORTED', 'encrypted'],
  ['that is strongly encrypted', { flags: 0x41 }, 'NPZ_UNSUPPORTED', 'encrypted'],
  ['of another method', { method: 12 }, 'NPZ_UNSUPPORTED', 'method 12'],
  ['with the same name', { name: 'a.npy' }, 'NPZ_MALFORMED', 'twice'],
  ['with a wrong checksum', { checksum: 1 }, 'NPZ_MALFORMED', 'checksum'],
  [
    'that is longer than it says',
    { deflate: true, sizeBytes: 10 },
    'NPZ_MALFORMED',
    'more than the 10 bytes',
  ],
  [
    'that is shorter than it says',
    { deflate: true, sizeBytes: 1000 },
    'NPZ_MALFORMED',
    'the directory states 1000',
  ],
  ['that is stored and lies', { sizeBytes: 10 }, 'NPZ_MALFORMED', 'the directory states 10'],
  [
    'that is not deflated',
    { bytes: Uint8Array.of(255, 255, 255), method: 8 },
    'NPZ_MALFORMED',
    'cannot be unpacked',
  ],
  ['past the end', { packedBytes: 10_000 }, 'NPZ_MALFORMED', 'past the end of the archive'],
  ['elsewhere', { headerAt: 5 }, 'NPZ_MALFORMED', 'not where'],
  ['far outside', { headerAt: 2 ** 50, zip64: true }, 'NPZ_MALFORMED', 'not where'],
  ['in the bytes of another', { headerAt: 0, packedBytes: 144 }, 'NPZ_MALFORMED', 'overlap'],
  ['whose name is not text', { name: Uint8Array.of(0xff, 0xfe) }, 'NPZ_MALFORMED', 'not UTF-8'],
  ['of Python objects', { bytes: objects() }, 'NPY_UNSUPPORTED', 'not supported'],
] as const)('refuses a member %s', (_what, facts, code, message) => {
  const error = catchError(() => npzCodec.decode(writeZip([member({ name: 'a.npy' }), member(facts)])));

  expect([error.code, error.record]).toEqual([code, 1]);
  expect(error.message).toContain(message);
});

function objects(): Uint8Array {
  const file = Buffer.from(numbers());
  return Uint8Array.from(Buffer.from(file.toString('latin1').replace("'<f8'", "'|O' "), 'latin1'));
}

test('unpacks no bomb: what the directory says is added up first, and then held to', () => {
  const zeros = { type: 'uint8', shape: [50_000_000], values: new Uint8Array(50_000_000) } as const;
  const bomb = writeZip([member({ bytes: npyCodec.encode(zeros), deflate: true })]);

  const error = catchError(() => npzCodec.decode(bomb));

  expect(bomb.length).toBeLessThan(100_000);
  expect(error.code).toBe('RECORD_TOO_LARGE');
  expect(npzCodec.decode(bomb, { maximumRecordBytes: 51_000_000 }).x?.shape).toEqual([50_000_000]);
});

test('adds the members of an archive up', () => {
  const archive = writeZip(
    Array.from({ length: 20 }, (_, index) => member({ name: `${index}.npy`, deflate: true })),
  );

  expect(catchError(() => npzCodec.decode(archive, { maximumRecordBytes: 20 * 144 - 1 })).code).toBe(
    'RECORD_TOO_LARGE',
  );
  expect(
    Object.keys(npzCodec.decode(archive, { maximumRecordBytes: archive.length + 20 * 144 })),
  ).toHaveLength(20);
});

test.each([
  ['fewer members', { count: 1 }],
  ['more members', { count: 3 }],
  ['2^40 members', { count: 2 ** 40, zip64: true }],
])('refuses a directory that speaks of %s', (_what, options) => {
  const archive = writeZip([member(), member({ name: 'y.npy' })], options);

  expect(catchError(() => npzCodec.decode(archive)).code).toBe('NPZ_MALFORMED');
});

test('refuses an archive that is cut anywhere', () => {
  const whole = writeZip([member()]);

  for (let length = 1; length < whole.length; length += 1) {
    expect(catchError(() => npzCodec.decode(whole.subarray(0, length))).code).toBe('NPZ_MALFORMED');
  }
});

test('turns any damaged archive into arrays or a CodecError', () => {
  const hostile = fc.record({
    name: fc.constantFrom('x.npy', 'y.npy', '../z.npy', 'z'),
    bytes: fc.oneof(hostileNpy(), fc.constant(numbers())),
    deflate: fc.boolean(),
    zip64: fc.boolean(),
  });
  const archive = fc
    .tuple(fc.array(hostile, { maxLength: 3 }), fc.boolean())
    .map(([members, zip64]) => writeZip(members, { zip64 }));
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 });

  fc.assert(
    fc.property(archive, damage, (bytes, changes) => {
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      try {
        npzCodec.decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 3000 },
  );
});

test('reads back what it writes, whole and in chunks', async () => {
  const names = fc.string({
    unit: fc.constantFrom('a', 'B', '_', '0', 'é', '😀'),
    minLength: 1,
    maxLength: 5,
  });

  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, fc.float64Array()), async (arrays) => {
      const body = npzCodec.encode(arrays);

      const expected = Object.fromEntries(
        Object.entries(arrays).map(([name, values]) => [
          name,
          { type: 'float64', shape: [values.length], values },
        ]),
      );
      expect({ ...npzCodec.decode(body) }).toEqual(expected);
      const { items } = await drain(npzCodec.decodeStream(cutBytes(body, [7, 0, 100])));
      expect({ ...(items[0] as object) }).toEqual(expected);
    }),
  );
});

test('writes one array under the name that numpy gives it', () => {
  expect(npzCodec.decode(npzCodec.encode([0, 1]))).toEqual({ arr_0: array });
  expect(npzCodec.decode(npzCodec.encode(Float64Array.of(0, 1)))).toEqual({ arr_0: array });
});

test('refuses to write names that are paths, and lists of different lengths', () => {
  expect(catchError(() => npzCodec.encode({ '../x': [1] })).code).toBe('NPZ_UNENCODABLE');
  expect(catchError(() => npzCodec.encode({ x: [[1], [1, 2]] })).code).toBe('NPY_UNENCODABLE');
});
