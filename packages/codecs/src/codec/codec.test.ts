/** What every codec promises, run against each of them. */

import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { catchError, cutBytes, drain, toBytes } from '../../test/bodies.ts';
import {
  type Codec,
  CodecError,
  type CsvEncodableRow,
  type CsvRow,
  codecErrorCodes,
  csvCodec,
  findCodec,
  imageCodec,
  jsonCodec,
  jsonLinesCodec,
  libsvmCodec,
  npyCodec,
  npzCodec,
  octetStreamCodec,
  plainTextCodec,
  recordIoCodec,
  recordIoProtobufCodec,
  type TensorRecord,
} from '../index.ts';

const codecs: readonly Codec[] = [
  csvCodec,
  imageCodec,
  jsonCodec,
  jsonLinesCodec,
  libsvmCodec,
  npyCodec,
  npzCodec,
  octetStreamCodec,
  plainTextCodec,
  recordIoCodec,
  recordIoProtobufCodec,
];

/** Codecs whose bodies are one item. */
const oneDocument: readonly Codec[] = [jsonCodec, npyCodec, npzCodec, plainTextCodec];

/** Something that each codec can write. */
const samples = new Map<Codec, unknown>([
  [imageCodec, toBytes('1')],
  [libsvmCodec, { columns: Uint32Array.of(1), values: Float64Array.of(1) }],
  [octetStreamCodec, toBytes('1')],
  [plainTextCodec, '1'],
  [recordIoCodec, toBytes('1')],
  [recordIoProtobufCodec, { uid: '1' }],
]);

/** Frames of RecordIO around fragments of protobuf, some of them damaged. */
function hostileFrames() {
  const fragment = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom(
        ...['0a10', '0a0676616c756573', '1200', '120412020a00', '1a03616263', '1a01ff', '2200', '0b0c', '0b'],
        ...[
          '0a0f0a0676616c756573120512030a0100',
          '0a0b1209120712050a0300000000',
          '00',
          'ffffffffffffffffffff',
        ],
        ...[
          '120c3a0a0a0a80808080808080808001',
          '1206120412021805',
          '0a231207',
          '0a23d7ce',
          '81808080808080808001',
        ],
      )
      .map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))),
  );
  const flag = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(0, 0, 0, 1, 2, 3) },
    fc.integer({ min: 0, max: 7 }),
  );
  const frame = fc
    .tuple(flag, fc.array(fragment, { maxLength: 4 }), fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 2 ** 28))
    .map(([bits, fragments, lie]) => {
      const payload = Buffer.concat(fragments);
      const header = Buffer.from('0a23d7ce00000000', 'hex');
      header.writeUInt32LE(((bits << 29) | (Math.max(0, payload.length + lie) & 0x1fffffff)) >>> 0, 4);
      return Buffer.concat([header, payload, Buffer.alloc(-payload.length & 3)]);
    });
  return fc.array(frame, { maxLength: 4 }).map((frames) => new Uint8Array(Buffer.concat(frames)));
}

/** Bytes that are likely to upset a parser, among arbitrary ones. */
const hostileBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        ...['"', '""', ',', '\n', '\r', '\r\n', '{', '}', '[', ']', ':', '1', '-', '.5', 'e', 'é', '😀'],
        ...['null', 'tru', '\\', '\\u12', '\0', '\ufeff', ' ', '\u2028', 'a'],
      ),
      { maxLength: 40 },
    )
    .map((parts) => toBytes(parts.join(''))),
  hostileFrames(),
);
const chunkSizes = fc
  .array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 5 })
  .filter((sizes) => sizes.some((size) => size > 0));

describe.each(codecs.map((codec) => ({ name: codec.mediaTypes[0], codec })))('$name', ({ codec }) => {
  const decodeWhole = async (bytes: Uint8Array, maximumRecordBytes = 1000) =>
    drain(codec.decodeStream([bytes], { maximumRecordBytes }));

  test('turns any bytes into a value or a CodecError', () => {
    fc.assert(
      fc.property(hostileBytes, (bytes) => {
        try {
          codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          expect(codecErrorCodes).toContain((error as CodecError).code);
          expect((error as CodecError).message.length).toBeLessThan(300);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('gives the same items and the same error for any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(hostileBytes, chunkSizes, async (bytes, sizes) => {
        const whole = await decodeWhole(bytes);

        const cut = await drain(codec.decodeStream(cutBytes(bytes, sizes), { maximumRecordBytes: 1000 }));

        if (codec === octetStreamCodec || codec === imageCodec)
          expect(Buffer.concat(cut.items as Uint8Array[])).toEqual(Buffer.from(bytes));
        else expect(summarize(cut)).toEqual(summarize(whole));
      }),
      { numRuns: 1000 },
    );
  });

  test('closes the source when the consumer ends early', async () => {
    const seen: string[] = [];
    async function* source() {
      try {
        for (;;) yield toBytes('1\n');
      } finally {
        seen.push('closed');
      }
    }

    const stream = codec.decodeStream(source(), { maximumRecordBytes: 100 });
    // The JSON document never ends, so its stream fails at the limit instead.
    await stream.next().catch(() => undefined);
    await stream.return(undefined);

    expect(seen).toEqual(['closed']);
  });

  test('closes the source of encoding when the consumer ends early', async () => {
    const seen: string[] = [];
    async function* source() {
      try {
        yield samples.get(codec) ?? 1;
        if (!oneDocument.includes(codec)) yield samples.get(codec) ?? 1;
      } finally {
        seen.push('closed');
      }
    }

    const stream = codec.encodeStream(source());
    await stream.next();
    await stream.return(undefined);

    expect(seen).toEqual(['closed']);
  });

  test('is found by each of its media types in any case', () => {
    for (const type of codec.mediaTypes) {
      expect(findCodec(codecs, type)).toBe(codec);
      expect(findCodec(codecs, type.toUpperCase())).toBe(codec);
    }
  });

  test('passes the error of a failing source on', async () => {
    async function* source() {
      yield toBytes('1\n');
      throw new Error('the disk is gone');
    }

    await expect(drain(codec.decodeStream(source()))).rejects.toThrow('the disk is gone');
  });
});

function summarize({ items, error }: { items: unknown[]; error?: CodecError }) {
  const { code, line, record, column, offset, message } = error ?? {};
  return { items, code, line, record, column, offset, message };
}

test('pulls no chunk before an item is asked for, and none beyond the items asked for', async () => {
  let pulled = 0;
  function* source() {
    for (;;) {
      pulled += 1;
      yield toBytes('1,2\n3,4\n5,6\n7,8\n');
    }
  }

  const stream = csvCodec.decodeStream(source());
  const before = pulled;
  await stream.next();
  await stream.next();
  await stream.return(undefined);

  expect({ before, pulled }).toEqual({ before: 0, pulled: 1 });
});

test('finds a codec by a range that holds the type, after those that name it', () => {
  const png: Codec = { ...octetStreamCodec, mediaTypes: ['image/png'] };

  expect(findCodec(codecs, 'IMAGE/avif')).toBe(imageCodec);
  expect(findCodec([imageCodec, png], 'image/png')).toBe(png);
  expect(findCodec(codecs, 'imagery/png')).toBeUndefined();
});

test('finds no codec for an unknown type', () => {
  expect(findCodec(codecs, 'application/x-parquet')).toBeUndefined();
});

test.each([csvCodec, jsonCodec, jsonLinesCodec, plainTextCodec])(
  'refuses text that is not UTF-8 and names the byte: %o',
  (codec) => {
    const error = catchError(() =>
      codec.decode(new Uint8Array([0x22, 0xef, 0xbf, 0xbd, 0x61, 0xc3, 0x28, 0x22])),
    );

    expect(error.code).toBe('TEXT_NOT_UTF8');
    expect(error.message).toContain('byte 5 of the body');
  },
);

test.each([csvCodec, jsonCodec, jsonLinesCodec])('refuses text that ends inside a character: %o', (codec) => {
  const error = catchError(() => codec.decode(new Uint8Array([0x31, 0xe2, 0x82])));

  expect(error.code).toBe('TEXT_NOT_UTF8');
  expect(error.message).toContain('byte 1 of the body');
});

test.each([
  ['UTF-8', [0xc3, 0xa9]],
  ['utf8', [0xc3, 0xa9]],
  ['us-ascii', [0xc3, 0xa9]],
  ['', [0xc3, 0xa9]],
  ['iso-8859-1', [0xe9]],
  ['windows-1252', [0xe9]],
  ['utf-16le', [0xe9, 0x00]],
])('reads the charset %j', (charset, bytes) => {
  const rows = csvCodec.decode(new Uint8Array(bytes), { parameters: { charset } });

  expect(rows).toEqual([{ line: 1, cells: ['é'] }]);
});

test('refuses a charset it does not know', () => {
  const error = catchError(() => jsonCodec.decode(toBytes('1'), { parameters: { charset: 'klingon' } }));

  expect(error.code).toBe('CHARSET_UNSUPPORTED');
  expect(error.message).toContain('"klingon"');
  expect(error.cause).toBeInstanceOf(RangeError);
});

test('refuses bytes that are not in the charset named', () => {
  const error = catchError(() =>
    csvCodec.decode(new Uint8Array([0x81]), { parameters: { charset: 'shift_jis' } }),
  );

  expect(error.code).toBe('TEXT_NOT_IN_CHARSET');
});

test('passes octets through and refuses anything else', async () => {
  const bytes = new Uint8Array([0, 255]);

  expect(octetStreamCodec.decode(bytes)).toEqual(bytes);
  expect(octetStreamCodec.encode(bytes)).toEqual(bytes);
  expect(octetStreamCodec.decode(new Uint8Array(0))).toEqual(new Uint8Array(0));
  expect(catchError(() => (octetStreamCodec as Codec).encode('text')).code).toBe('OCTETS_UNENCODABLE');
  const sent = await drain((octetStreamCodec as Codec).encodeStream([bytes, 'text']));
  expect(sent.items).toEqual([bytes]);
  expect(sent.error?.code).toBe('OCTETS_UNENCODABLE');
});

test('reads and writes a text as it is, and writes nothing else', () => {
  const text = 'a,"b"\r\n\0é\n';

  expect(plainTextCodec.decode(plainTextCodec.encode(text))).toBe(text);
  expect(plainTextCodec.decode(Uint8Array.of(0xe9), { parameters: { charset: 'latin1' } })).toBe('é');
  expect(catchError(() => (plainTextCodec as Codec).encode(1)).code).toBe('TEXT_UNENCODABLE');
});

test('types each codec by what it decodes and what it encodes', () => {
  expectTypeOf(csvCodec.decode).returns.toEqualTypeOf<CsvRow[]>();
  expectTypeOf(csvCodec.encode).parameter(0).toEqualTypeOf<readonly CsvEncodableRow[]>();
  expectTypeOf(octetStreamCodec.decode).returns.toEqualTypeOf<Uint8Array>();
  expectTypeOf(jsonLinesCodec.encode).parameter(0).toEqualTypeOf<readonly unknown[]>();
  expectTypeOf(recordIoCodec.decode).returns.toEqualTypeOf<Uint8Array[]>();
  expectTypeOf(recordIoProtobufCodec.decode).returns.toEqualTypeOf<TensorRecord[]>();
  expectTypeOf(csvCodec).toExtend<Codec>();
  expectTypeOf(recordIoProtobufCodec).toExtend<Codec>();
});
