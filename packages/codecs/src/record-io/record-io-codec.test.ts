import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain } from '../../test/bodies.ts';
import { recordIoCodec } from './record-io-codec.ts';

const magic = '0a23d7ce';
const fromHex = (...parts: string[]) => new Uint8Array(Buffer.from(parts.join(''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const word = (flag: number, length: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(((flag << 29) | length) >>> 0);
  return bytes.toString('hex');
};
const decodeHex = (body: Uint8Array) => recordIoCodec.decode(body).map(toHex);

/** Records in which the magic is likely, aligned and not. */
const records = fc.array(
  fc
    .array(fc.oneof(fc.constantFrom(magic, '0a', '23d7ce', '00', '000000'), fc.constant('41')), {
      maxLength: 12,
    })
    .map((parts) => fromHex(...parts)),
  { maxLength: 6 },
);

/** As dmlc-core's RecordIOWriter writes them: record, body. */
const vectors: readonly [string, string, string][] = [
  ['an empty record', '', magic + word(0, 0)],
  ['a record of 4 bytes', '01020304', `${magic}${word(0, 4)}01020304`],
  ['a record of 5 bytes, padded', '0102030405', `${magic}${word(0, 5)}0102030405000000`],
  ['the magic alone', magic, magic + word(1, 0) + magic + word(3, 0)],
  [
    'the magic twice, and a rest',
    `01020304${magic}05060708${magic}09`,
    `${magic}${word(1, 4)}01020304${magic}${word(2, 4)}05060708${magic}${word(3, 1)}09000000`,
  ],
  ['the magic where no frame can begin', `01${magic}020304`, `${magic}${word(0, 8)}01${magic}020304`],
];

test.each(vectors)('reads %s', (_name, record, body) => {
  expect(decodeHex(fromHex(body))).toEqual([record]);
});

test.each(vectors)('writes %s', (_name, record, body) => {
  expect(toHex(recordIoCodec.encode([fromHex(record)]))).toBe(body);
});

test('reads back the records it writes, for any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (written, sizes) => {
        const body = recordIoCodec.encode(written);

        const { items } = await drain(recordIoCodec.decodeStream(cutBytes(body, sizes)));

        expect(items.map((item) => toHex(item as Uint8Array))).toEqual(written.map(toHex));
        expect(decodeHex(body)).toEqual(written.map(toHex));
      },
    ),
    { numRuns: 1000 },
  );
});

test('gives a record that lies whole in a chunk without copying it', () => {
  const body = recordIoCodec.encode([fromHex('0102'), fromHex('03')]);

  const [first, second] = recordIoCodec.decode(body);

  expect(first?.buffer).toBe(body.buffer);
  expect(second?.buffer).toBe(body.buffer);
});

test('keeps what it has of a record when the source uses its buffer again', async () => {
  const body = recordIoCodec.encode([fromHex('0102030405060708')]);
  function* source() {
    const buffer = new Uint8Array(4);
    for (let at = 0; at < body.length; at += 4) {
      buffer.set(body.subarray(at, at + 4));
      yield buffer;
    }
  }

  const { items } = await drain(recordIoCodec.decodeStream(source()));

  expect(items).toEqual([fromHex('0102030405060708')]);
});

test('a body cut at any byte gives the records in front of the cut, and the record and byte it is in', async () => {
  const body = recordIoCodec.encode([
    fromHex('01020304'),
    fromHex('05', magic.repeat(3), '06'),
    fromHex(magic),
  ]);
  const starts = [0, 12, 12 + 8 + 16];
  const whole = [...starts, body.length];

  for (let length = 0; length < body.length; length += 1) {
    const { items, error } = await drain(recordIoCodec.decodeStream([body.subarray(0, length)]));

    const record = whole.findLastIndex((start) => start <= length);
    expect(items).toHaveLength(record);
    if (whole.includes(length)) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 'RECORDIO_TRUNCATED', record });
    // The frame of the second part of the last record has an offset of its own.
    if (error !== undefined) expect([...starts, 44]).toContain(error.offset);
  }
});

test.each([
  [
    'other bytes than the magic',
    `${magic}${word(0, 0)}00112233${word(0, 0)}`,
    { record: 1, offset: 8 },
    '00112233',
  ],
  ['gzip', `1f8b0800${word(0, 0)}`, { record: 0, offset: 0 }, 'decompress it first'],
  ['a last part without a first', magic + word(3, 0), { record: 0, offset: 0 }, 'got flag 3'],
  ['a flag that means nothing', magic + word(5, 0), { record: 0, offset: 0 }, 'got flag 5'],
  [
    'a new record inside a record',
    magic + word(1, 0) + magic + word(0, 0),
    { record: 0, offset: 8 },
    'got flag 0',
  ],
])('refuses %s', (_name, body, place, words) => {
  const error = catchError(() => recordIoCodec.decode(fromHex(body)));

  expect(error).toMatchObject({ code: 'RECORDIO_MALFORMED', ...place });
  expect(error.message).toContain(words);
});

test('refuses a record that claims 512 MiB before it takes memory for it', async () => {
  const claim = fromHex(magic, word(0, 4), '01020304', magic, word(0, 2 ** 29 - 1));
  const before = process.memoryUsage().arrayBuffers;

  const { items, error } = await drain(recordIoCodec.decodeStream([claim]));

  expect(items).toEqual([fromHex('01020304')]);
  expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', record: 1, offset: 12 });
  expect(error?.message).toMatch(
    /: check that the data is RecordIO; write smaller records, or raise maximumRecordBytes$/,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
});

test('does not advise to raise a limit that is the highest', () => {
  const claim = fromHex(magic, word(0, 2 ** 29 - 1));

  const error = catchError(() => recordIoCodec.decode(claim, { maximumRecordBytes: Infinity }));

  expect(error.code).toBe('RECORD_TOO_LARGE');
  expect(error.message).toMatch(/: check that the data is RecordIO; write smaller records$/);
});

test('counts all parts of a record, and the magic between them, against the limit', async () => {
  const body = recordIoCodec.encode([fromHex(magic.repeat(4))]);

  expect(recordIoCodec.decode(body, { maximumRecordBytes: 16 })).toHaveLength(1);
  expect(catchError(() => recordIoCodec.decode(body, { maximumRecordBytes: 15 })).code).toBe(
    'RECORD_TOO_LARGE',
  );
});

test('takes a record of exactly the limit, and none of a byte more, whatever the chunks', async () => {
  for (const sizes of [[1], [1000]]) {
    const read = async (length: number) =>
      drain(
        recordIoCodec.decodeStream(cutBytes(recordIoCodec.encode([new Uint8Array(length)]), sizes), {
          maximumRecordBytes: 10,
        }),
      );

    expect((await read(10)).items).toHaveLength(1);
    expect((await read(11)).error).toMatchObject({ code: 'RECORD_TOO_LARGE', record: 0, offset: 0 });
  }
});

test('joins a million empty parts without copying the record for each of them', () => {
  const parts = 1e6;
  const frame = (flag: number) => fromHex(magic, word(flag, 0));
  const body = Buffer.concat([frame(1), ...Array(parts - 2).fill(frame(2)), frame(3)]);

  const [record] = recordIoCodec.decode(body);

  expect(record?.length).toBe(4 * (parts - 1));
  expect(toHex(record?.subarray(-8) ?? body)).toBe(magic.repeat(2));
});

test.each([
  ['text', 'abc', 'is string'],
  ['null', null, 'is null'],
  ['more bytes than a frame can say', new Uint8Array(2 ** 29), 'has 536870912 bytes'],
])('refuses to write %s', (_name, value, words) => {
  const error = catchError(() => recordIoCodec.encode([fromHex(''), value as Uint8Array]));

  expect(error).toMatchObject({ code: 'RECORDIO_UNENCODABLE', record: 1 });
  expect(error.message).toContain(words);
});

test('refuses to write what is not an array of records', () => {
  expect(catchError(() => recordIoCodec.encode('abc' as never)).code).toBe('RECORDIO_UNENCODABLE');
});

test('gathers records of a sync source, and sends those in front of one it cannot write', async () => {
  const { items, error } = await drain(
    recordIoCodec.encodeStream([fromHex('01'), fromHex('02'), 'x' as never]),
  );

  expect(items).toHaveLength(1);
  expect(decodeHex(items[0] as Uint8Array)).toEqual(['01', '02']);
  expect(error).toMatchObject({ code: 'RECORDIO_UNENCODABLE', record: 2 });
});
