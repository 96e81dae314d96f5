import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain } from '../../test/bodies.ts';
import { csvCodec } from '../csv/csv-codec.ts';
import { jsonLinesCodec } from '../json/json-lines-codec.ts';
import { libsvmCodec } from '../libsvm/libsvm-codec.ts';
import { toUtf8 } from './text-reader.ts';

/** As latin-1, where `é` is a byte that UTF-8 does not have alone. */
const bodies = [
  [csvCodec, '1,2\n\n3,é\n'],
  [csvCodec, '1,2\r\n\r\n3,4é'],
  [jsonLinesCodec, '[1]\n\n["é"]\n'],
  [libsvmCodec, '1 0:1\n# nothing\n1 0:é\n'],
] as const;

test.each(bodies)(
  'a byte that is not UTF-8 has its record and its line, whatever the chunks: %o %j',
  async (codec, text) => {
    const body = new Uint8Array(Buffer.from(text, 'latin1'));
    const place = { code: 'TEXT_NOT_UTF8', record: 1, line: 3 };

    expect(catchError(() => codec.decode(body))).toMatchObject(place);
    for (const size of [1, 3, 100]) {
      const { items, error } = await drain(codec.decodeStream(cutBytes(body, [size])));

      expect({ count: items.length, error }).toMatchObject({ count: 1, error: place });
    }
  },
);

test.each([
  ['in a row of its own', '"1"\n2\né\n', 2, 3, 2],
  ['behind rows in CRLF and blank lines', '"1",2\r\n\r\n3,4\r\n\r\né,5', 2, 5, 2],
  ['behind a line end of one kind', '"1"\ré', 1, 2, 1],
  ['behind a closing quote', '1\n"2"é', 1, 2, 1],
  ['in a quoted cell with lines', '1\n"2\n3\né"\n', 1, 2, 1],
  ['in the row of the first quote', '"é"', 0, 1, 0],
  ['cut by the end', '1\n"2"\né', 2, 3, 2],
])('behind a quote of csv its record is known, too: %s', async (_where, text, record, line, count) => {
  const body = new Uint8Array(Buffer.from(text, 'latin1'));
  const place = {
    code: 'TEXT_NOT_UTF8',
    record,
    line,
    message: expect.stringMatching(
      `: byte ${body.indexOf(0xe9)} of the body \\(from zero\\), in the record that starts on line ${line}, is not`,
    ),
  };

  expect(catchError(() => csvCodec.decode(body))).toMatchObject(place);
  for (const size of [1, 2, 3, 100]) {
    const { items, error } = await drain(csvCodec.decodeStream(cutBytes(body, [size])));

    expect({ count: items.length, error }).toMatchObject({ count, error: place });
  }
});

test.each([
  ['a quote', '"1"x\né', 'CSV_MALFORMED'],
  ['a width', '"1",2\n3\né', 'CSV_RAGGED'],
])('%s that is wrong in front of the byte is told of first', async (_what, text, code) => {
  const body = new Uint8Array(Buffer.from(text, 'latin1'));

  expect(catchError(() => csvCodec.decode(body))).toMatchObject({ code });
  for (const size of [1, 3, 100]) {
    expect((await drain(csvCodec.decodeStream(cutBytes(body, [size])))).error).toMatchObject({ code });
  }
});

test.each([csvCodec, jsonLinesCodec, libsvmCodec])(
  'a body that is packed is called that, whatever the chunks: %o',
  async (codec) => {
    const body = new Uint8Array(gzipSync('1 0:1\n'));
    const expected = {
      code: 'TEXT_NOT_UTF8',
      message: expect.stringMatching(/is gzip: decompress it before sending$/),
    };

    expect(catchError(() => codec.decode(body))).toMatchObject(expected);
    for (const size of [1, 100]) {
      const { error } = await drain(codec.decodeStream(cutBytes(body, [size])));

      expect(error).toMatchObject(expected);
    }
  },
);

test.each([
  ['utf-16le', '\ufeff{"a":1}'],
  ['utf-16be', '\ufeff{"a":1}'],
])('a body whose mark says %s is called that', (charset, text) => {
  const bytes = Buffer.from(text, 'utf16le');
  const body = new Uint8Array(charset === 'utf-16be' ? bytes.swap16() : bytes);
  const named = expect.stringMatching(`seems to be ${charset}: .* charset=${charset}$`);

  expect(catchError(() => csvCodec.decode(body))).toMatchObject({ code: 'TEXT_NOT_UTF8', message: named });
});

test.each(bodies)('its charset named as the message says, the same text is read: %o %j', (codec, text) => {
  const body = new Uint8Array(Buffer.from(text, 'latin1'));
  const { message } = catchError(() => codec.decode(body));
  const [, charset] = /for example text\/csv; charset=(\S+)$/.exec(message) ?? [];

  expect(message).toContain('is not UTF-8: write it as UTF-8, or name its charset in the content type, ');
  // That of libsvm is text, where it is not a number.
  if (codec !== libsvmCodec)
    expect(codec.decode(body, { parameters: { charset: charset as string } })).toEqual(
      codec.decode(Buffer.from(text)),
    );
});

test.each([[1], [3], [100]])('text of another charset becomes UTF-8, in chunks of %i', async (size) => {
  const read = async (encoding: 'latin1' | 'utf16le' | 'utf8', charset: string) => {
    const chunks = cutBytes(Buffer.from('a,é\nü', encoding), [size]);
    return Buffer.concat((await drain(toUtf8(chunks, { parameters: { charset } }))).items as Uint8Array[]);
  };

  for (const [encoding, charset] of [
    ['latin1', 'ISO-8859-1'],
    ['utf16le', 'utf-16le'],
    ['utf8', 'utf8'],
    ['utf8', ''],
  ] as const) {
    expect((await read(encoding, charset)).toString()).toBe('a,é\nü');
  }
});

test('a charset that is not known is told with one that is', async () => {
  const { error } = await drain(
    toUtf8(cutBytes(Buffer.from('a'), [1]), { parameters: { charset: 'latin-1' } }),
  );

  expect(error).toMatchObject({ code: 'CHARSET_UNSUPPORTED' });
  expect(error?.message).toMatch(/"latin-1" is not supported: .* for example iso-8859-1 or utf-16le$/);
});
