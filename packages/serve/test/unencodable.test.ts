/** What a reply cannot hold is said with its path, and never lost on the way. */

import { npyCodec, npzCodec, recordIoProtobufCodec } from '@optml/codecs';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const types = [
  'application/json',
  'application/jsonlines',
  'text/csv',
  'application/x-npy',
  'application/x-npz',
  'application/x-recordio-protobuf',
  'application/x-recordio',
  'text/libsvm',
  'application/octet-stream',
  'image/png',
];

async function start() {
  const { invoke } = await startReadyServer('named-predictions', { isolation: 'inline' });
  return (name: string, accept: string) =>
    invoke(JSON.stringify(name), { 'content-type': 'application/json', accept });
}

test.each([
  ['nan', '$.rows[0].score is NaN'],
  ['infinity', '$.rows[0].score is -Infinity'],
  ['nan among floats', '$.rows[0].score[1] is NaN'],
  ['a bigint', '$.rows[0].score is a bigint'],
  ['a wide integer', '$.rows[0].score[0] is a bigint (9007199254740993)'],
  ['a map', '$.rows[0].score is a Map, which JSON cannot hold: send Object.fromEntries(map), or [...map]'],
  ['a buffer', '$.rows[0].score is an ArrayBuffer, which JSON cannot hold: send a Uint8Array of it'],
  ['a set', '$.rows[0].score is a Set'],
  ['an error', '$.rows[0].score is an Error'],
  ['a promise', '$.rows[0].score is a promise, which JSON cannot hold: await it'],
  ['a thenable', '$.rows[0].score is a promise'],
  [
    'a list of promises',
    '$[0] is a promise, which JSON cannot hold: await it, or all of a list with Promise.all',
  ],
  ['a thenable of nothing', '$ is undefined'],
  ['a transferred array', '$.rows[0].score fails when it is read (the memory of the array is gone'],
  ['a shrunk array', '$.rows[0].score fails when it is read (the memory of the array is gone'],
  ['transferred floats alone', '$ fails when it is read (the memory of the array is gone'],
  ['transferred bytes alone', 'the memory of the array is gone'],
  ['transferred rows', '$[0] fails when it is read (the memory of the array is gone'],
  ['a transferred tensor', '$ fails when it is read (the memory of the array is gone'],
  ['a revoked proxy', '$.rows[0].score fails when it is read'],
  ['a proxy that throws', '$.rows[0].score fails when it is read'],
  ['a proxy that throws alone', '$ fails when it is read'],
  ['a list without end', '$.rows[0].score[0] is undefined'],
  ['a list without end alone', '$[0] is undefined'],
  ['a long list alone', '$[0] is undefined'],
  ['a row without end', '$[0][0] is undefined'],
  ['texts without end', '$ fails when it is read'],
  ['an invalid date', '$.rows[0].score is an invalid Date'],
  ['a function', '$.rows[0].score is a function'],
  ['a symbol', '$.rows[0].score is a symbol'],
  ['an instance', '$.rows[0].score is an object of a class, without members'],
  ['undefined in a list', '$.rows[0].score[1] is undefined'],
  ['a hole', '$.rows[0].score[1] is undefined'],
  ['a getter that throws', '$.rows[0].score fails when it is read'],
  ['a toJSON that throws', '$.rows[0].score fails when it is read'],
  ['a cycle', '$.rows[0].score.self.again holds itself'],
  ['a deep list', '$ is nested deeper than 1000 levels'],
  ['a map alone', '$ is a Map'],
  ['a set alone', '$ is a Set'],
  ['an error alone', '$ is an Error'],
  ['a list of maps', '$[0] is a Map'],
  ['a list of what is undefined', '$[1] is undefined'],
  ['a list with a hole', '$[1] is undefined'],
  ['a row with a hole', '$[0][1] is undefined'],
  ['a function alone', '$ is a function'],
  ['nothing', '$ is undefined'],
])('%s is an error of the predictor in every type, with its path', async (name, message) => {
  const ask = await start();

  for (const accept of types) {
    const response = await ask(name, accept);

    const { error } = await readReply(response);
    expect([accept, response.status, error.code]).toEqual([accept, 500, 'PREDICTION_UNENCODABLE']);
    expect(error.message).toContain(message);
  }
});

test.each([
  ['a date', 'application/json', '"1970-01-01T00:00:00.000Z"'],
  ['a list of dates', 'application/jsonlines', '"1970-01-01T00:00:00.000Z"\n'],
  ['a list of dates', 'text/csv', '1970-01-01T00:00:00.000Z\n'],
  ['an object of dates', 'application/json', '{"on":"1970-01-01T00:00:00.000Z"}'],
  ['a list of decimals', 'text/csv', '1.50\n2\n'],
  ['a row of a class', 'text/csv', '1,2\n'],
  ['a list of a class', 'text/csv', '1,2\n'],
  ['a list of a class', 'application/jsonlines', '[1,2]\n'],
  ['a list of a class', 'application/json', '{"predictions":[[1,2]]}'],
  ['named by a class', 'application/json', '{"scores":[0.5]}'],
  ['a thenable of a list', 'application/json', '{"predictions":[1]}'],
])('%s is what its toJSON gives as %s', async (name, accept, text) => {
  const ask = await start();

  const response = await ask(name, accept);

  expect([response.status, await response.text()]).toEqual([200, text]);
});

const toNpz = (name: string) => (body: Uint8Array) => npzCodec.decode(body)[name];

test.each([
  ['a date', 'application/x-npy', npyCodec.decode, 'text', [], ['1970-01-01T00:00:00.000Z']],
  ['a list of decimals', 'application/x-npy', npyCodec.decode, 'text', [2], ['1.50', '2']],
  ['a row of a class', 'application/x-npy', npyCodec.decode, 'float64', [1, 2], Float64Array.of(1, 2)],
  ['a list of a class', 'application/x-npz', toNpz('arr_0'), 'float64', [1, 2], Float64Array.of(1, 2)],
  ['named by a class', 'application/x-npz', toNpz('scores'), 'float32', [1], Float32Array.of(0.5)],
  ['named arrays of a class', 'application/x-npz', toNpz('scores'), 'float64', [2], Float64Array.of(1, 2)],
  ['an absent member', 'application/x-npz', toNpz('scores'), 'float64', [2], Float64Array.of(1, 2)],
  ['named dates', 'application/x-npz', toNpz('on'), 'text', [1], ['1970-01-01T00:00:00.000Z']],
] as const)(
  '%s is the array that its toJSON gives as %s',
  async (name, accept, decode, type, shape, values) => {
    const ask = await start();

    const response = await ask(name, accept);

    expect(decode(new Uint8Array(await response.arrayBuffer()))).toEqual({ type, shape, values });
  },
);

test.each([
  ['a row of a class', { values: { values: Float32Array.of(1, 2) } }],
  ['named by a class', { scores: { values: Float32Array.of(0.5) } }],
  ['an absent member', { scores: { values: Float32Array.of(1, 2) } }],
  ['named arrays of a class', { scores: { values: Float32Array.of(1, 2) } }],
])('%s is the record that its toJSON gives', async (name, label) => {
  const ask = await start();

  const response = await ask(name, 'application/x-recordio-protobuf');

  const [record] = recordIoProtobufCodec.decode(new Uint8Array(await response.arrayBuffer()));
  expect(record?.label).toMatchObject(label);
});

test.each([
  ['a date', 'application/x-recordio-protobuf', 'holds a string', 'application/json'],
  [
    'a list of dates',
    'application/x-recordio-protobuf',
    'prediction 0 (from zero) holds a string',
    'application/json',
  ],
  ['an object of dates', 'application/x-recordio-protobuf', 'holds a string', 'application/json'],
  ['an object of dates', 'text/csv', 'an object in column 1', 'application/json'],
  ['a record with more', 'application/x-recordio-protobuf', 'holds an object', 'application/json'],
  [
    'a count that no float32 is',
    'application/x-recordio-protobuf',
    'holds 16777217, which a float32 cannot hold',
    'application/json',
  ],
  [
    'a sum that no float32 holds',
    'application/x-recordio-protobuf',
    'holds 1e+300, which',
    'application/json',
  ],
  ['a list with nan', 'application/json', '$[1] is NaN', 'text/csv'],
  ['a list with nan', 'application/jsonlines', '$ is NaN', 'text/csv'],
  ['a list of bigints', 'application/json', '$[0] is a bigint', 'text/csv'],
  ['three dimensions with nan', 'application/json', '$[0][0][1] is NaN', 'application/x-npy'],
  ['three dimensions with nan', 'text/csv', 'whose element [1] is NaN', 'application/x-npy'],
  ['floats and nan', 'application/json', '$.score[1] is NaN', 'application/x-npz'],
])(
  '%s is not written as %s (%s), and %s is advised, which can hold it',
  async (name, accept, message, other) => {
    const ask = await start();

    const refused = await ask(name, accept);
    const advised = await ask(name, other);

    const { error } = await readReply(refused);
    expect([refused.status, error.code]).toEqual([406, 'ACCEPT_UNSATISFIABLE']);
    expect(error.message).toContain(message);
    expect(error.message.split(': accept ')).toEqual([expect.any(String), other]);
    expect(advised.status).toBe(200);
  },
);

test.each(['*/*', ''])(
  'NaN is an error of the predictor where the client takes any type (%o)',
  async (accept) => {
    const ask = await start();

    const response = await ask('a list with nan', accept);

    const { error } = await readReply(response);
    expect([response.status, error.code]).toEqual([500, 'PREDICTION_UNENCODABLE']);
  },
);

test.each([
  ['nan', '"rows": writing npy: $[0] is an object'],
  ['transferred floats alone', 'the memory of the array is gone'],
  ['a proxy that throws alone', '$ fails when it is read'],
  ['a list without end alone', 'has 4000000000 elements'],
  ['a list of promises', '$[0] is an object'],
  ['a map alone', 'it is a Map'],
  ['a list of maps', '$[0] is an object'],
  ['nothing', '$ is undefined'],
  ['floats and nan', 'element 1 of "score" is NaN, which JSON cannot hold'],
  ['one wide integer', 'element 0 of "predictions" is 9007199254740993, which JSON cannot hold'],
])('%s is refused as a tensor, too', async (name, message) => {
  const openInference = { modelName: 'strange' };
  const { server } = await startReadyServer('named-predictions', { isolation: 'inline', openInference });
  const inputs = [{ name: 'name', shape: [1], datatype: 'BYTES', data: [name] }];

  const response = await fetch(`${server.url}/v2/models/strange/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });

  const { error } = (await response.json()) as { readonly error: string };
  expect(response.status).toBe(500);
  expect(error).toContain(message);
});

test('a schema that calls itself does not end on a prediction that holds itself', async () => {
  const { invoke } = await startReadyServer('trees-without-end', { isolation: 'inline' });

  const cyclic = await invoke('"a cycle"');
  const refused = await invoke('"throw"');

  expect((await readReply(cyclic)).error).toMatchObject({
    code: 'PREDICTION_UNENCODABLE',
    message: expect.stringContaining('$.inner holds itself'),
  });
  expect((await readReply(refused)).error).toMatchObject({
    code: 'PREDICTOR_FAILED',
    message: 'the input schema of the predictor failed: no throws here',
  });
});
