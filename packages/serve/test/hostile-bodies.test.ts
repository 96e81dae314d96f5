/** Whatever bytes come, the answer is a prediction or a refusal. */

import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { npyCodec, npzCodec, recordIoCodec, recordIoProtobufCodec } from '@optml/codecs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const types = [
  'text/csv',
  'application/json',
  'application/jsonlines',
  'application/octet-stream',
  'application/x-npy',
  'application/x-npz',
  'text/libsvm',
  'application/x-recordio-protobuf',
  'application/x-recordio',
  'image/png',
];
const nearlyText = fc
  .array(
    fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      ',',
      ':',
      '\n',
      '\r',
      '1',
      '-0',
      '.5',
      'features',
      'é',
      '\\u0000',
      ' ',
    ),
  )
  .map((parts) => new TextEncoder().encode(parts.join('')));

test.each(['worker', 'inline'] as const)(
  'any bytes of any type get an answer below 500 (%s)',
  async (isolation) => {
    const { invoke } = await startReadyServer('echo', { isolation });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      nearlyText,
      fc.json().map((text) => new TextEncoder().encode(text)),
    );

    await fc.assert(
      fc.asyncProperty(
        body,
        fc.constantFrom(...types),
        fc.constantFrom('*/*', ...types),
        async (bytes, type, accept) => {
          const response = await invoke(Uint8Array.from(bytes), { 'content-type': type, accept });
          await response.arrayBuffer();

          expect(response.status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  },
  60_000,
);

/** What each binary type is written as, with bytes that are not its own. */
const damaged = fc
  .tuple(
    fc.constantFrom(
      ['application/x-npy', npyCodec.encode([[1, 2.5]])] as const,
      ['application/x-npz', npzCodec.encode({ x: [[1]], y: ['a'] })] as const,
      [
        'application/x-recordio-protobuf',
        recordIoProtobufCodec.encode([{ features: { values: { values: Float32Array.of(1, 2) } } }]),
      ] as const,
      ['application/x-recordio', recordIoCodec.encode([Uint8Array.of(1, 2, 3)])] as const,
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
  )
  .map(([[type, body], changes]) => {
    const bytes = Uint8Array.from(body);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return { type, bytes };
  });

test('damaged bodies of binary types get an answer below 500', async () => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  await fc.assert(
    fc.asyncProperty(damaged, async ({ type, bytes }) => {
      const response = await invoke(bytes, { 'content-type': type });
      await response.arrayBuffer();

      expect(response.status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
});

test.each([
  'x',
  ';',
  'text/csv; charset',
  'text/csv;;',
  '*/*',
  'text/csv, application/json',
  '\u00ff/\u00ff',
])('a strange content type (%s) gets an answer below 500', async (contentType) => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline' });

  const response = await invoke('1', { 'content-type': contentType });

  expect(response.status).toBeLessThan(500);
});

test.each([
  ['tuples', '[]', 'tuples[0] is []'],
  ['tuples', '["a",""]', 'tuples[0][1] is ""'],
  ['objects', '{}', 'objects[0].a is missing'],
  ['unions', '1', 'unions[0] is 1'],
  ['checked', '[-1]', 'checked[0][0] is -1'],
  ['checked', '-1', 'checked[0] is -1'],
])(
  '6 MB of %s, each %s, are refused in bounded memory',
  async (key, part, start) => {
    // All issues of such a body take more than half a gigabyte.
    const { invoke } = await startReadyServer('shapes', { workers: { heapMiB: 256 } });
    const body = `{"${key}":[${`${part},`.repeat(Math.floor(6e6 / (part.length + 1)))}${part}]}`;

    const response = await invoke(body);

    const { error } = (await response.json()) as { readonly error: { readonly message: string } };
    expect({ status: response.status, message: error.message }).toEqual({
      status: 400,
      message: expect.stringMatching(/; and (?:at least 99[0-9]|perhaps) more$/),
    });
    expect(error.message.slice(0, 200)).toContain(`instances.${start}`);
  },
  60_000,
);

test('an archive that unpacks to more than is read is refused, and told what to send', async () => {
  const { invoke } = await startReadyServer('sums', { workers: { heapMiB: 256 } });
  const bomb = deflateArchive(
    'x.npy',
    npyCodec.encode({ type: 'int8', shape: [4e7], values: new Int8Array(4e7) }),
  );

  const response = await invoke(bomb, { 'content-type': 'application/x-npz' });

  expect([bomb.length < 100_000, response.status]).toEqual([true, 413]);
  expect((await readReply(response)).error).toEqual({
    code: 'BODY_TOO_LARGE',
    message:
      'the arrays of the archive take more than 33554432 bytes when they are unpacked: send fewer rows at a time, or plain npy',
  });
});

/** The codec writes archives that are not packed. */
function deflateArchive(name: string, member: Uint8Array) {
  const packed = deflateRawSync(member);
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(8, 4);
  facts.writeUInt32LE(crc32(member), 10);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(member.length, 18);
  facts.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), packed]);
  const entry = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x00'),
    facts,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return new Uint8Array(Buffer.concat([local, entry, end]));
}

test.each([
  ['tuple', '["a",', ']', '[1]'],
  ['record', '{"a":', '}', '.a'],
])(
  'a %s that holds 12 MB of numbers beyond their bound is refused in bounded memory',
  async (key, open, close, at) => {
    const { invoke } = await startReadyServer('shapes', { workers: { heapMiB: 512 } });

    const response = await invoke(`{"${key}":${open}[${'-1,'.repeat(4e6)}-1]${close}}`);

    const { error } = await readReply(response);
    expect({ status: response.status, message: error.message }).toEqual({
      status: 400,
      message: expect.stringMatching(/; and at least 99[0-9] more$/),
    });
    expect(error.message.slice(0, 200)).toContain(`instances.${key}${at}[0] is -1`);
  },
  60_000,
);

const megabytes = 20 * 1024 ** 2;

test.each([
  ['octets', 'application/octet-stream', new Uint8Array(megabytes), 'instances is 20971520 bytes'],
  ['an image', 'image/png', new Uint8Array(megabytes), 'instances is 20971520 bytes'],
  [
    'a record',
    'application/x-recordio',
    recordIoCodec.encode([new Uint8Array(megabytes)]),
    '[0] is 20971520 bytes',
  ],
  ['one text', 'application/json', JSON.stringify('x'.repeat(megabytes)), 'instances is "xxx'],
  ['members', 'application/json', writeMembers(200_000), 'instances is {"key0":0'],
])(
  '%s of many megabytes are refused in far less than the time for an invocation',
  async (_, type, body, message) => {
    const { invoke } = await startReadyServer('sums', {
      limits: { invocationMs: 5_000 },
      isolation: 'inline',
    });

    const response = await invoke(body, { 'content-type': type });

    expect([response.status, (await readReply(response)).error.message]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
  },
  60_000,
);

function writeMembers(count: number): string {
  return JSON.stringify(
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index])),
  );
}

const rows = { csv: '1,2\n', json: '{"instances":[[1,2]]}' };
const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');

test.each([
  ['a pickle', '\x80\x04\x95\x05\0', 'the body is a Python pickle: send it as csv, JSON or npy'],
  ['a PNG', png, 'the body is a PNG image: send it as image/png'],
  ['a JPEG', '\xff\xd8\xff\xe0\0\x10JFIF', 'the body is a JPEG image: send it as image/jpeg'],
  ['npy', npyCodec.encode([[1, 2]]), 'the body is an npy array: send it as application/x-npy'],
  ['npz', npzCodec.encode({ a: [1] }), 'send it as application/x-npz if it holds npy arrays'],
  ['zlib', deflateSync(rows.json), 'the body is zlib: decompress it before sending'],
  ['gzip', gzipSync(rows.json), 'the body is gzip: decompress it before sending'],
  ['zstd', '\x28\xb5\x2f\xfd\x24\x04', 'the body is zstd: decompress it before sending'],
  ['Parquet', 'PAR1\x15\x04', 'the body is a Parquet file: send it as csv, JSON or npy'],
  ['Arrow', 'ARROW1\0\0\xff', 'the body is an Arrow file: send it as csv, JSON or npy'],
  ['UTF-16', Buffer.from(rows.csv, 'utf16le'), 'seems to be utf-16le: write it as UTF-8, or send it as'],
  ['big UTF-16', Buffer.from(rows.csv, 'utf16le').swap16(), 'seems to be utf-16be: write it as UTF-8'],
])('%s is named when it comes as text', async (_name, body, message) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });
  const bytes = Uint8Array.from(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);

  for (const type of ['text/csv', 'application/json', 'application/jsonlines']) {
    const response = await invoke(bytes, { 'content-type': type });

    expect([type, response.status]).toEqual([type, 400]);
    expect((await readReply(response)).error.message).toContain(message);
  }
});

test.each([
  ['text/csv', rows.json, 'the body looks like JSON: send it as application/json'],
  ['text/csv', '[[1, 2], [3, 4]]', 'the body looks like JSON: send it as application/json'],
  ['text/csv', '{"features":[1]}\n{"features":[2]}\n', 'send it as application/jsonlines'],
  ['application/x-npy', rows.json, 'the body looks like JSON: send it as application/json'],
  ['application/octet-stream', rows.json, 'the body looks like JSON: send it as application/json'],
  ['application/octet-stream', npyCodec.encode([[1]]), 'send it as application/x-npy'],
  [
    'application/json',
    JSON.stringify(rows.json),
    'the text is JSON itself: send what it holds, not encoded twice',
  ],
  ['application/json', '{"instances": "[[1, 2]]"}', 'not encoded twice'],
  ['application/jsonlines', '"[1, 2]"\n', 'not encoded twice'],
  ['application/x-www-form-urlencoded', '5.1,3.5', 'clients such as curl send it unless they are told'],
])('a body of another type than %s is named: %s', async (type, body, message) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(body as RequestInit['body'], { 'content-type': type });

  expect([400, 415]).toContain(response.status);
  expect((await readReply(response)).error.message).toContain(message);
});

test.each([
  ['text/csv', '1,x\n', /expected number$/],
  ['application/json', '[["a"]]', /expected number$/],
  ['image/png', png, /expected array$/],
])('nothing is added to what is wrong with a body of its own type: %s', async (type, body, message) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(body as RequestInit['body'], { 'content-type': type });

  expect((await readReply(response)).error.message).toMatch(message);
});
