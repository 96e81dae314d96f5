/** The same rows in every content type, and predictions in every one that can hold them. */

import {
  jsonCodec,
  libsvmCodec,
  npyCodec,
  npzCodec,
  recordIoCodec,
  recordIoProtobufCodec,
} from '@optml/codecs';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const rows = [
  [1, 2.5],
  [3, 0],
];
const npy = 'application/x-npy';
const npz = 'application/x-npz';
const protobuf = 'application/x-recordio-protobuf';
const libsvm = 'text/libsvm';
const float64 = (values: number[][]) =>
  values.map((row) => ({ features: { values: { values: Float64Array.from(row) } } }));
const sparseRow = (columns: number[], values: number[]) => ({
  columns: Uint32Array.from(columns),
  values: Float64Array.from(values),
});

const bodies: readonly (readonly [contentType: string, body: Uint8Array | string])[] = [
  ['text/csv', '1,2.5\n3,0\n'],
  ['application/json', JSON.stringify({ instances: rows })],
  ['application/jsonlines', rows.map((row) => `${JSON.stringify(row)}\n`).join('')],
  [npy, npyCodec.encode(rows)],
  [npy, npyCodec.encode({ type: 'float32', shape: [2, 2], values: Float32Array.of(1, 2.5, 3, 0) })],
  [npz, npzCodec.encode(rows)],
  [
    npz,
    npzCodec.encode({
      format: { type: 'text', shape: [], values: ['coo'] },
      shape: Int32Array.of(2, 2),
      data: Float64Array.of(1, 2.5, 3),
      row: Int32Array.of(0, 0, 1),
      col: Int32Array.of(0, 1, 0),
    }),
  ],
  [libsvm, '0 0:1 1:2.5\n0 0:3\n'],
  ['text/x-libsvm', '0:1 1:2.5\n0:3 1:0\n'],
  [protobuf, recordIoProtobufCodec.encode(float64(rows))],
  [
    protobuf,
    recordIoProtobufCodec.encode([
      { features: { values: { values: Float64Array.of(1, 2.5), keys: Float64Array.of(0, 1), shape: [2] } } },
      { features: { values: { values: Float64Array.of(3), keys: Float64Array.of(0), shape: [2] } } },
    ]),
  ],
];

test.each(bodies)('a schema of rows takes them from %s', async (contentType, body) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(body as RequestInit['body'], {
    'content-type': contentType,
    accept: 'application/json',
  });

  expect(await response.json()).toEqual({ predictions: [3.5, 3] });
});

test.each([
  [npy, (body: Uint8Array) => npyCodec.decode(body).values, Float64Array.of(3.5, 3)],
  [npz, (body: Uint8Array) => npzCodec.decode(body).arr_0?.values, Float64Array.of(3.5, 3)],
  [
    protobuf,
    (body: Uint8Array) => recordIoProtobufCodec.decode(body).map(({ label }) => label.values),
    [{ values: Float32Array.of(3.5) }, { values: Float32Array.of(3) }],
  ],
])('rows are answered as %s when that is accepted', async (accept, read, expected) => {
  const { invoke } = await startReadyServer('sums');

  const response = await invoke(JSON.stringify(rows), { 'content-type': 'application/json', accept });

  expect(response.headers.get('content-type')).toBe(accept);
  expect(read(new Uint8Array(await response.arrayBuffer()))).toEqual(expected);
});

test.each([
  [npy, npyCodec.encode(rows), npy],
  [npz, npzCodec.encode(rows), npz],
  [protobuf, recordIoProtobufCodec.encode(float64(rows)), protobuf],
  [libsvm, '0:1\n', 'application/json'],
] as const)(
  'a request in %s that accepts anything is answered in kind where that can be',
  async (contentType, body, type) => {
    const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

    const response = await invoke(body as RequestInit['body'], { 'content-type': contentType });

    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
  },
);

test('names of arrays and of features stay where there are several', async () => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline' });
  const accept = 'application/json';
  const records = [{ features: { a: { values: Float32Array.of(1) }, b: { values: Int32Array.of(2, 3) } } }];

  const archive = await invoke(npzCodec.encode({ x: [[1]], ids: ['a'] }) as RequestInit['body'], {
    'content-type': npz,
    accept,
  });
  const record = await invoke(recordIoProtobufCodec.encode(records) as RequestInit['body'], {
    'content-type': protobuf,
    accept,
  });

  expect(await archive.json()).toEqual({ x: [[1]], ids: ['a'] });
  expect(await record.json()).toEqual({ predictions: [{ a: [1], b: [2, 3] }] });
});

test.each(['image/png', 'image/avif', 'application/x-image', 'application/octet-stream'])(
  'a body of %s is its bytes',
  async (contentType) => {
    const { invoke } = await startReadyServer('echo');
    const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 255);

    const open = await invoke(bytes, { 'content-type': contentType });
    const asked = await invoke(bytes, { 'content-type': contentType, accept: 'image/png' });

    expect(new Uint8Array(await open.arrayBuffer())).toEqual(bytes);
    expect(asked.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await asked.arrayBuffer())).toEqual(bytes);
  },
);

test('records of bytes are a list of them', async () => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline' });
  const body = recordIoCodec.encode([Uint8Array.of(1), Uint8Array.of(2, 3)]);

  const response = await invoke(body as RequestInit['body'], { 'content-type': 'application/x-recordio' });

  expect(recordIoCodec.decode(new Uint8Array(await response.arrayBuffer()))).toEqual([
    Uint8Array.of(1),
    Uint8Array.of(2, 3),
  ]);
});

test.each(['worker', 'inline'] as const)('packed arrays come as typed arrays (%s)', async (isolation) => {
  const { invoke } = await startReadyServer('packed', { isolation });
  const ask = async (contentType: string, body: Uint8Array | string) =>
    await (
      await invoke(body as RequestInit['body'], { 'content-type': contentType, accept: 'application/json' })
    ).json();
  const floats = { type: 'float32', shape: [2, 2], values: Float32Array.of(1, 2.5, 3, 0) } as const;

  expect(await ask(npy, npyCodec.encode(floats))).toEqual({
    type: 'float32',
    shape: [2, 2],
    class: 'Float32Array',
    isView: true,
  });
  expect(await ask('text/csv', '1,2\n3,4\n5,6\n')).toEqual({
    type: 'float64',
    shape: [3, 2],
    class: 'Float64Array',
    isView: false,
  });
  expect(await ask(libsvm, '1 3:0.5\n')).toEqual({
    predictions: [JSON.stringify([{ label: 1, columns: { 0: 3 }, values: { 0: 0.5 } }])],
  });
  expect(await ask(npz, npzCodec.encode({ x: Int8Array.of(1) }))).toMatchObject({
    predictions: [expect.stringContaining('"type":"int8"')],
  });
});

test.each([
  ['application/json', '[0.5,2]', '[[1,2],[3,4]]'],
  ['text/csv', '0.5\n2\n', '1,2\n3,4\n'],
  ['application/jsonlines', '0.5\n2\n', '[1,2]\n[3,4]\n'],
])('typed arrays are written as lists in %s', async (accept, one, two) => {
  const { invoke } = await startReadyServer('typed-predictions', { isolation: 'inline' });
  const wrap = (text: string) => (accept === 'application/json' ? `{"predictions":${text}}` : text);

  const first = await invoke('[[1]]', { 'content-type': 'application/json', accept });
  const second = await invoke('[[1],[2]]', { 'content-type': 'application/json', accept });

  expect([await first.text(), await second.text()]).toEqual([wrap(one), wrap(two)]);
});

test('typed arrays keep their type in npy', async () => {
  const { invoke } = await startReadyServer('typed-predictions', { isolation: 'inline' });

  const response = await invoke('[[1]]', { 'content-type': 'application/json', accept: npy });

  expect(npyCodec.decode(new Uint8Array(await response.arrayBuffer()))).toEqual({
    type: 'float32',
    shape: [2],
    values: Float32Array.of(0.5, 2),
  });
});

const matrix = [
  [0.5, 1],
  [2, 3],
];

test.each([
  [
    'floats',
    matrix,
    '0.5,1\n2,3\n',
    { type: 'float32', shape: [2, 2], values: Float32Array.of(0.5, 1, 2, 3) },
  ],
  ['halves', matrix, '0.5,1\n2,3\n', { shape: [2, 2], values: Float32Array.of(0.5, 1, 2, 3) }],
  ['an array', matrix, '0.5,1\n2,3\n', { type: 'float32', shape: [2, 2] }],
  ['mixed rows', matrix, '0.5,1\n2,3\n', { type: 'float64', shape: [2, 2] }],
  [
    'clamped',
    [
      [0, 255],
      [1, 2],
    ],
    '0,255\n1,2\n',
    { type: 'uint8', values: Uint8Array.of(0, 255, 1, 2) },
  ],
  [
    'wide',
    [[-1, 2 ** 53]],
    '-1,9007199254740992\n',
    { type: 'int64', values: BigInt64Array.of(-1n, 2n ** 53n) },
  ],
  ['bytes', [[97, 98]], '97,98\n', { type: 'uint8', shape: [1, 2] }],
  [
    'deep',
    [[[[0.5], [1]]], [[[2], [3]]]],
    '"[[0.5],[1]]"\n"[[2],[3]]"\n',
    { type: 'float64', shape: [2, 1, 2, 1] },
  ],
  [
    'arrays',
    [matrix, matrix],
    '"[0.5,1]","[2,3]"\n"[0.5,1]","[2,3]"\n',
    { type: 'float32', shape: [2, 2, 2] },
  ],
])('%s are lists at any depth in text, and keep their type in npy', async (name, lists, csv, array) => {
  const { invoke } = await startReadyServer('named-predictions', { isolation: 'inline' });
  const ask = (accept: string) =>
    invoke(JSON.stringify(name), { 'content-type': 'application/json', accept });
  const lines = lists.map((list) => `${JSON.stringify(list)}\n`).join('');

  expect(await (await ask('application/json')).json()).toEqual({ predictions: lists });
  expect(await (await ask('application/jsonlines')).text()).toBe(lines);
  expect(await (await ask('text/csv')).text()).toBe(csv);
  expect(npyCodec.decode(new Uint8Array(await (await ask('application/x-npy')).arrayBuffer()))).toMatchObject(
    array,
  );
});

test('arrays in objects are lists, too', async () => {
  const { invoke } = await startReadyServer('named-predictions', { isolation: 'inline' });

  const response = await invoke('"named"');

  expect(await response.text()).toBe('{"scores":[[0.5]],"label":{"ids":[7]}}');
});

test('arrays become records of their type', async () => {
  const { invoke } = await startReadyServer('named-predictions', { isolation: 'inline' });
  const accept = 'application/x-recordio-protobuf';

  const response = await invoke('"floats"', { 'content-type': 'application/json', accept });

  const records = recordIoProtobufCodec.decode(new Uint8Array(await response.arrayBuffer()));
  expect(records.map(({ label }) => label.values)).toEqual([
    { values: Float32Array.of(0.5, 1) },
    { values: Float32Array.of(2, 3) },
  ]);
});

test('sparse rows are written out as the predictor says', async () => {
  const { invoke } = await startReadyServer('sparse', { isolation: 'inline' });
  const send = (body: string) => invoke(body, { 'content-type': libsvm, accept: 'application/json' });

  const good = await send('1 1:0.5 4:2\n-1 2:1\n');
  const low = await send('1 1:1\n1 0:1\n');
  const high = await send('1 5:1\n');

  expect(await good.json()).toEqual({
    predictions: [
      [0.5, 0, 0, 2],
      [0, 1, 0, 0],
    ],
  });
  expect(await low.json()).toEqual({
    error: {
      code: 'INPUT_INVALID',
      message: 'instances[1] has column 0, expected columns from 1 to 4',
      record: 1,
    },
  });
  expect((await readReply(high)).error.message).toBe(
    'instances[0] has column 5, expected columns from 1 to 4',
  );
});

test.each([
  [libsvm, libsvmCodec.encode([sparseRow([2 ** 32 - 1], [1])])],
  [
    protobuf,
    recordIoProtobufCodec.encode([
      { features: { values: { values: Float64Array.of(1), keys: Float64Array.of(1), shape: [2 ** 40] } } },
    ]),
  ],
])('sparse rows that would fill the memory are refused (%s)', async (contentType, body) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(body as RequestInit['body'], { 'content-type': contentType });

  expect([response.status, (await readReply(response)).error.code]).toEqual([413, 'BODY_TOO_LARGE']);
});

test('the author’s own codecs come first, for requests and replies', async () => {
  const { invoke } = await startReadyServer('own-codecs');

  const own = await invoke('z\n10\n', { 'content-type': 'application/x-base36' });
  const csv = await invoke('a\nb\n', { 'content-type': 'text/csv', accept: 'application/x-base36' });
  const json = await invoke('[1]');
  const unknown = await invoke('1', { 'content-type': 'application/x-base37' });

  expect([own.headers.get('content-type'), await own.text()]).toEqual(['application/x-base36', '10\n11\n']);
  expect(await csv.text()).toBe('3\n');
  expect(await json.json()).toEqual({ predictions: [2] });
  expect((await readReply(unknown)).error.message).toMatch(
    /send one of application\/x-base36, text\/csv, application\/json/,
  );
});

test('a media type that no header can hold is answered as an error, and the server goes on', async () => {
  const { invoke } = await startReadyServer('own-codecs', { defaultAccept: 'application/x-\u03c9' });

  const refused = await invoke('z\n', { 'content-type': 'application/x-base36' });
  const next = await invoke('z\n', { 'content-type': 'application/x-base36', accept: 'application/json' });

  expect(refused.status).toBe(500);
  expect((await readReply(refused)).error.code).toBe('INTERNAL');
  expect(await next.json()).toEqual({ predictions: [36] });
});

const nested = `[1]\n${'['.repeat(100_000)}${']'.repeat(100_000)}\n`;

test.each([
  ['text/csv', '1,2\n3\n', 400, 'CSV_RAGGED', 1],
  ['text/csv', '1,2\n3,x\n', 400, 'INPUT_INVALID', 1],
  ['text/csv', `1,2\n"${'x'.repeat(100_000)}`, 400, 'CSV_MALFORMED', 1],
  ['application/jsonlines', '[1]\n[2\n', 400, 'JSON_MALFORMED', 1],
  ['application/jsonlines', nested, 400, 'JSON_MALFORMED', 1],
  ['application/json', '[[1],[2,"x"]]', 400, 'INPUT_INVALID', 1],
  [libsvm, '0:1\nx:1\n', 400, 'LIBSVM_MALFORMED', 1],
  [npz, Buffer.from(npzCodec.encode(rows)).fill(0, 150, 160), 400, 'NPZ_MALFORMED', 0],
  [
    protobuf,
    Uint8Array.of(0x0a, 0x23, 0xd7, 0xce, 4, 0, 0, 0, 0x0a, 0x7f, 0, 0),
    400,
    'PROTOBUF_MALFORMED',
    0,
  ],
  [
    'application/x-recordio',
    Uint8Array.of(0x0a, 0x23, 0xd7, 0xce, 9, 0, 0, 0, 1),
    400,
    'RECORDIO_TRUNCATED',
    0,
  ],
] as const)(
  'what is wrong in %s is told with its record (%#)',
  async (contentType, body, status, code, record) => {
    const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

    const response = await invoke(body as RequestInit['body'], { 'content-type': contentType });

    const text = await response.text();
    const { error } = jsonCodec.decode(new TextEncoder().encode(text)) as { error: { message: string } };
    expect([response.status, error]).toEqual([status, expect.objectContaining({ code, record })]);
    expect(error.message.slice(0, 200)).toMatch(
      new RegExp(`\\b(record|row|member) ${record}\\b|\\[${record}\\]`),
    );
    expect(text.length).toBeLessThan(2048);
    expect(text).not.toMatch(/\\n {4}at /);
  },
);

test('a csv row of 1,000,000 columns is refused by its place', async () => {
  const { invoke } = await startReadyServer('sparse', { isolation: 'inline' });

  const response = await invoke(`${'1,'.repeat(999_999)}1\n`, { 'content-type': 'text/csv' });

  expect((await readReply(response)).error).toMatchObject({ code: 'INPUT_INVALID', record: 0 });
});
