import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain } from '../../test/bodies.ts';
import { recordIoCodec } from '../record-io/record-io-codec.ts';
import { recordIoProtobufCodec } from './record-io-protobuf-codec.ts';
import type { EncodableTensorRecord, TensorRecord } from './tensor-record.ts';

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const frame = (...payloads: string[]) => recordIoCodec.encode(payloads.map(fromHex));
const decodeHex = (...payloads: string[]) => recordIoProtobufCodec.decode(frame(...payloads));
const encodeHex = (record: EncodableTensorRecord) =>
  recordIoCodec
    .decode(recordIoProtobufCodec.encode([record]))
    .map((bytes) => Buffer.from(bytes).toString('hex'));
/** A record whose only feature, without a name, is the value; lengths must stay below 128. */
const nameless = (value: string) => {
  const length = (hex: string) => (hex.length / 2).toString(16).padStart(2, '0');
  const entry = `12${length(value)}${value}`;
  return `0a${length(entry)}${entry}`;
};

/** As Google's protobuf for Python writes them, packed as AWS's description says and, second, not packed. */
const vectors: readonly [string, EncodableTensorRecord, string, string][] = [
  [
    'dense float32 features and a label',
    {
      features: { values: { values: Float32Array.of(5.1, -0.5) } },
      label: { values: { values: Float32Array.of(1) } },
    },
    '0a160a0676616c756573120c120a0a083333a340000000bf12120a0676616c756573120812060a040000803f',
    '0a160a0676616c756573120c120a0d3333a3400d000000bf12110a0676616c756573120712050d0000803f',
  ],
  [
    'a sparse float64 tensor and a uid',
    {
      features: {
        values: { values: Float64Array.of(0.1, 2), keys: Float64Array.of(3, 300), shape: [2, 200] },
      },
      uid: 'é',
    },
    '0a280a0676616c756573121e1a1c0a109a9999999999b93f0000000000000040120303ac021a0302c8011a02c3a9',
    '0a280a0676616c756573121e1a1c099a9999999999b93f090000000000000040100310ac02180218c8011a02c3a9',
  ],
  [
    'int32 of both signs, bytes, metadata and configuration',
    {
      features: {
        image: { bytes: [Uint8Array.of(1, 2), new Uint8Array(0)], contentType: 'image/png' },
        n: { values: Int32Array.of(1, -1, 300, -2147483648, 2147483647) },
      },
      metadata: 'm',
      configuration: '',
    },
    '0a1c0a05696d61676512134a110a0201020a001209696d6167652f706e670a250a016e12203a1e0a1c01ffffffffffffffffff01ac0280808080f8ffffffff01ffffffff0722016d2a00',
    '0a1c0a05696d61676512134a110a0201020a001209696d6167652f706e670a280a016e12233a21080108ffffffffffffffffff0108ac020880808080f8ffffffff0108ffffffff0722016d2a00',
  ],
  [
    'a sparse tensor that is all zero',
    { features: { values: { values: new Float32Array(0), keys: new Float64Array(0), shape: [4] } } },
    '0a0f0a0676616c756573120512031a0104',
    '0a0e0a0676616c756573120412021804',
  ],
  ['an empty record', {}, '', ''],
];

test.each(vectors)('reads %s, packed or not', (_name, record, packed, unpacked) => {
  const expected = { features: {}, label: {}, ...record };

  const records = decodeHex(packed, unpacked);

  expect(records.map(spread)).toEqual([expected, expected]);
});

test.each(vectors)('writes %s', (_name, record, packed) => {
  expect(encodeHex(record)).toEqual([packed]);
});

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const float = fc.double({ noDefaultInfinity: false });
const tensor = fc
  .tuple(
    fc.constantFrom(Float32Array, Float64Array, Int32Array),
    fc.array(fc.oneof(float, fc.maxSafeInteger()), { minLength: 1, maxLength: 30 }),
    fc.constantFrom('dense', 'shaped', 'sparse'),
    fc.integer({ min: 0, max: 1e9 }),
  )
  .map(([Type, numbers, form, key]) => {
    const values = Type.from(numbers);
    if (form === 'dense') return { values };
    if (form === 'shaped') return { values, shape: [1, values.length] };
    return { values, keys: Float64Array.from(values, (_, index) => key + index), shape: [2 ** 20, 2 ** 12] };
  });
const blob = fc.record(
  { bytes: fc.array(fc.uint8Array({ maxLength: 40 })), contentType: text },
  { requiredKeys: ['bytes'] },
);
const map = fc.dictionary(text, fc.oneof(tensor, blob), { maxKeys: 3, noNullPrototype: true });
const records = fc.array(
  fc.record(
    { features: map, label: map, uid: text, metadata: text, configuration: text },
    { requiredKeys: ['features', 'label'] },
  ),
  { maxLength: 5 },
);

test('reads back the records it writes, for any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      async (written, sizes) => {
        const body = recordIoProtobufCodec.encode(written);

        const { items } = await drain(recordIoProtobufCodec.decodeStream(cutBytes(body, sizes)));

        expect((items as TensorRecord[]).map(spread)).toEqual(written);
        expect(recordIoProtobufCodec.decode(body)).toEqual(items);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['unknown fields of every wire type', '300139000000000000000032020102350000000033080134', {}],
  ['unknown groups inside each other', '333b3c34', {}],
  ['a known field of another wire type', '0801', {}],
  ['a value of a kind it does not know', nameless('2200'), {}],
  ['an entry without a value', '0a030a0161', {}],
])('leaves out %s', (_name, payload, features) => {
  expect(decodeHex(payload).map(spread)).toEqual([{ features, label: {} }]);
});

test('takes the last of several values of a name, kinds of a value and texts of a field', () => {
  const last = nameless('12060a040000803f');
  const kinds = nameless('4a030a010112060a040000803f');

  expect(decodeHex(nameless('4a00') + last).map(spread)[0]?.features).toEqual({
    '': { values: Float32Array.of(1) },
  });
  expect(decodeHex(kinds).map(spread)[0]?.features).toEqual({ '': { values: Float32Array.of(1) } });
  expect(decodeHex(nameless('4a030a010112060a040000803f4a030a0102')).map(spread)[0]?.features).toEqual({
    '': { bytes: [Uint8Array.of(2)] },
  });
  expect(decodeHex('1a01611a0162')[0]?.uid).toBe('b');
});

test('puts the pieces of a tensor together, packed or not, in one value or several', () => {
  const payload = nameless('12060a040000803f120b0d000000400a0400004040');

  expect(decodeHex(payload).map(spread)[0]?.features).toEqual({ '': { values: Float32Array.of(1, 2, 3) } });
});

test('keeps a feature of any name, and no prototype', () => {
  const written = recordIoProtobufCodec.encode([
    { features: { ['__proto__']: { values: Int32Array.of(1) }, constructor: { values: Int32Array.of(2) } } },
  ]);

  const [record] = recordIoProtobufCodec.decode(written);

  expect(Object.keys(record?.features ?? {}).sort()).toEqual(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(record?.features)).toBeNull();
  expect(record?.features.toString).toBeUndefined();
});

test('gives typed arrays that own their memory', () => {
  const body = frame(vectors[0]?.[2] ?? '');

  const [record] = recordIoProtobufCodec.decode(body);
  body.fill(0);

  expect(record?.features.values).toEqual({ values: Float32Array.of(5.1, -0.5) });
});

test.each([
  ['a length behind the end', '0a05', 1, 'declares 5 bytes'],
  ['a length one behind the end', '0a01', 1, 'declares 1 byte,'],
  ['a number behind the end', '0a', 1, 'extends past the end'],
  ['a number of 11 bytes', '18ffffffffffffffffffff01', 1, 'longer than 10 bytes'],
  ['the field number 0', '0001', 1, '0 is not a valid tag'],
  ['a tag above 32 bits', 'f8ffffffff01', 6, 'is not a valid tag'],
  ['a wire type that means nothing', '3e', 1, 'wire type 6'],
  ['the end of a group that was not begun', '34', 1, 'wire type 4'],
  ['a group that is not closed', '33', 1, 'never closed'],
  ['too many nested groups', '33'.repeat(101), 101, 'nested groups'],
  ['a fixed field that is cut', '350000', 1, 'of 4 bytes is truncated'],
  ['floats cut in the middle', nameless('12040a020000'), 2, '2 bytes of float32'],
  ['floats cut between two pieces', nameless('12080a0200000a020000'), 2, '2 bytes of float32'],
  ['packed numbers cut in the middle', nameless('3a030a0180'), 8, 'extends past the end'],
  ['keys without a shape', nameless('12090a040000803f120100'), 2, 'no shape'],
  ['more keys than values', nameless('12080a001201001a0101'), 2, '1 key for 0 values'],
  ['a key outside of the shape', nameless('120c0a040000803f1201051a0105'), 2, 'the key 5'],
  [
    'a key of 2^53 and more',
    nameless('121c0a040000803f1209ffffffffffffffff7f1a09ffffffffffffffff7f'),
    2,
    'whole numbers',
  ],
  ['values that do not fill the shape', nameless('12090a040000803f1a0102'), 2, '1 value for the shape [2]'],
])('refuses %s, and names the record and the byte', (_name, payload, offset, words) => {
  const error = catchError(() => decodeHex('', payload));

  expect(error).toMatchObject({ code: 'PROTOBUF_MALFORMED', record: 1, offset });
  expect(error.message).toContain(words);
});

test('refuses text that is not UTF-8', () => {
  const error = catchError(() => decodeHex('', '1a01ff'));

  expect(error).toMatchObject({ code: 'TEXT_NOT_UTF8', record: 1, offset: 2 });
});

test('turns any bytes of a record into a value or a CodecError', () => {
  const pieces = fc.constantFrom(
    ...[
      '0a',
      '12',
      '1a',
      '3a',
      '4a',
      '08',
      '10',
      '18',
      '0d',
      '09',
      '33',
      '34',
      '00',
      '01',
      '02',
      '04',
      '80',
      'ff',
    ],
    ...['0a0676616c756573', '0000803f', '120412020a00'],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
      try {
        decodeHex(nameless(parts.join('').slice(0, 240)), parts.join(''));
      } catch (error) {
        expect(error).toMatchObject({ name: 'CodecError' });
        expect((error as Error).message.length).toBeLessThan(300);
      }
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['what is not an object', 1, 'is number'],
  [
    'a list of values',
    { features: { x: { values: [1, 2] } } },
    'a tensor at features.x that has values that are not',
  ],
  ['a value of neither kind', { label: { x: 1 } }, 'has neither a tensor ("values") nor "bytes" at label.x'],
  [
    'keys in a list',
    { features: { x: { values: Int32Array.of(1), keys: [0], shape: [1] } } },
    'not a Float64Array',
  ],
  [
    'a shape with half a place',
    { features: { x: { values: Int32Array.of(1), shape: [0.5] } } },
    'whole numbers',
  ],
  ['what is not text', { uid: 1 }, 'a uid that is not text'],
  ['half a surrogate pair', { metadata: '\ud800' }, 'a metadata that is not text'],
  ['what is not bytes', { features: { x: { bytes: ['a'] } } }, 'not an array of Uint8Arrays'],
  ['what is not features', { features: 1 }, 'not an object of values'],
])('refuses to write %s', (_name, value, words) => {
  const error = catchError(() => recordIoProtobufCodec.encode([{}, value as EncodableTensorRecord]));

  expect(error).toMatchObject({ code: 'PROTOBUF_UNENCODABLE', record: 1 });
  expect(error.message).toContain(words);
});

test('sends the records in front of one it refuses', async () => {
  const large = { features: { x: { values: new Float32Array(5000) } } };

  const { items, error } = await drain(recordIoProtobufCodec.encodeStream([large, { uid: '\ud800' }, large]));

  expect(recordIoProtobufCodec.decode(items[0] as Uint8Array)).toHaveLength(1);
  expect(error).toMatchObject({ code: 'PROTOBUF_UNENCODABLE', record: 1 });
});

/** With ordinary objects in place of those without a prototype, which `toEqual` would tell apart. */
function spread(record: TensorRecord) {
  return { ...record, features: { ...record.features }, label: { ...record.label } };
}
