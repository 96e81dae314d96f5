/** Whole numbers above 2^53 are refused with their place, or arrive as they are, in every content type. */

import { npyCodec, npzCodec } from '@optml/codecs';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const wide = '9007199254740993';
const array = { type: 'int64', shape: [2, 2], values: BigInt64Array.of(1n, 2n, 3n, BigInt(wide)) } as const;

const bodies: readonly (readonly [contentType: string, body: string | Uint8Array])[] = [
  ['application/json', `{"instances": [[1, 2], [3, ${wide}]]}`],
  ['application/json; charset=utf-16le', Buffer.from(`[[1, 2], [3, ${wide}]]`, 'utf16le')],
  ['application/jsonlines', `[1, 2]\n[3, ${wide}]\n`],
  ['text/csv', `1,2\n3,${wide}\n`],
  ['text/csv', `1,2\n"3",${wide}\n`],
  ['text/csv', `1,2\n3,${wide}\n${'1,2\n'.repeat(5_000)}`],
  ['application/x-npy', npyCodec.encode(array)],
  ['application/x-npz', npzCodec.encode({ x: array })],
];

test.each(bodies)('a schema of numbers refuses one in %s with its place', async (contentType, body) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(body, { 'content-type': contentType });

  expect([response.status, (await readReply(response)).error]).toEqual([
    400,
    {
      code: 'INPUT_INVALID',
      message: `instances[1][1] is ${wide}, which would be read as 9007199254740992: send a number that a double can hold, or let the schema take text or a bigint`,
      record: 1,
    },
  ]);
});

test.each(bodies)('a schema of bigints takes it from %s as it is', async (contentType, body) => {
  const { invoke } = await startReadyServer('identifiers', { isolation: 'inline' });

  const response = await invoke(body, { 'content-type': contentType, accept: 'application/json' });

  const { predictions } = await readReply(response);
  expect([response.status, ...predictions.slice(0, 2)]).toEqual([200, '1 2', `3 ${wide}`]);
});

test.each(bodies)('a schema of anything gets its text from %s', async (contentType, body) => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline' });

  const response = await invoke(body, { 'content-type': contentType, accept: 'application/json' });

  expect(JSON.stringify((await readReply(response)).predictions)).toMatch(`[[1,2],[3,"${wide}"]`);
});

test.each([
  [
    'text/libsvm',
    `1 1:2\n1 1:${wide}\n`,
    'reading libsvm at line 2, word 2: 9007199254740993 would be read as',
  ],
  ['text/csv', `1,2\n3,${wide}\n`, 'line 2, column 2 holds 9007199254740993, which would be read as'],
])(
  'where there is no text for it, in %s, it is refused with its place',
  async (contentType, body, message) => {
    const { invoke } = await startReadyServer('packed', { isolation: 'inline' });

    const response = await invoke(body, { 'content-type': contentType });

    const { error } = await readReply(response);
    expect([response.status, error.code]).toEqual([400, 'NUMBER_LOSSY']);
    expect(error).toMatchObject({ record: 1, message: expect.stringContaining(message) });
  },
);

test.each([
  ['INT64', '-9223372036854775808', '-9223372036854775808'],
  ['UINT64', '18446744073709551615', '18446744073709551615'],
  ['INT64', '"9223372036854775807"', '9223372036854775807'],
])('a tensor of %s holds %s', async (datatype, element, text) => {
  const openInference = { modelName: 'ids' };
  const { server } = await startReadyServer('identifiers', { isolation: 'inline', openInference });
  const body = `{"inputs":[{"name":"x","shape":[1,1],"datatype":"${datatype}","data":[${element}]}]}`;

  const response = await fetch(`${server.url}/v2/models/ids/infer`, { method: 'POST', body });

  expect(await response.json()).toMatchObject({ outputs: [{ datatype: 'BYTES', data: [text] }] });
});

test.each([
  ['INT64', wide, `inputs[0][0] is ${wide}, which would be read as 9007199254740992`],
  ['FP64', wide, `inputs[0] ("x") has ${wide} as element 0, which is not FP64`],
  ['FP32', '1e999', 'inputs[0] ("x") has 1e999 as element 0, which is not FP32'],
  ['INT64', '9223372036854775808', '9223372036854775808 as element 0, which is not INT64'],
  ['UINT64', '-1', '-1 as element 0, which is not UINT64'],
])('a tensor of %s with %s is refused by that number', async (datatype, element, message) => {
  const openInference = { modelName: 'sums' };
  const { server } = await startReadyServer('sums', { isolation: 'inline', openInference });
  const body = `{"inputs":[{"name":"x","shape":[1,1],"datatype":"${datatype}","data":[${element}]}]}`;

  const response = await fetch(`${server.url}/v2/models/sums/infer`, { method: 'POST', body });

  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: expect.stringContaining(message) });
});
