import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain } from '../test/bodies.ts';
import { csvCodec } from './csv-codec.ts';
import { jsonLinesCodec } from './json-lines-codec.ts';
import { libsvmCodec } from './libsvm/libsvm-codec.ts';

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

test('behind a quote only the byte is named, for the row is not known', () => {
  const error = catchError(() => csvCodec.decode(new Uint8Array(Buffer.from('"1"\n2\né\n', 'latin1'))));

  expect(error).toMatchObject({
    code: 'TEXT_NOT_UTF8',
    message: expect.stringMatching(/: byte 6 of the body \(from zero\) is not/),
  });
  expect(error.record).toBeUndefined();
});

test.each([csvCodec, jsonLinesCodec, libsvmCodec])(
  'a body that is packed is called that, whatever the chunks: %o',
  async (codec) => {
    const body = new Uint8Array(gzipSync('1 0:1\n'));
    const expected = {
      code: 'TEXT_NOT_UTF8',
      message: expect.stringMatching(/begins as gzip does.*unpacked$/),
    };

    expect(catchError(() => codec.decode(body))).toMatchObject(expected);
    for (const size of [1, 100]) {
      const { error } = await drain(codec.decodeStream(cutBytes(body, [size])));

      expect(error).toMatchObject(expected);
    }
  },
);
