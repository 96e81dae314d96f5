/** The REST routes of the Open Inference Protocol v2. */

import { expect, test } from 'vitest';
import { startReadyServer, startServer } from './start-server.ts';

const openInference = { modelName: 'sums of rows', modelVersion: '3' };
const base = '/v2/models/sums%20of%20rows';
const tensor = { name: 'x', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4.5] };

async function ask(url: string, body?: unknown) {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test.each(['worker', 'inline'] as const)(
  'tensors are predicted and answered as tensors (%s)',
  async (isolation) => {
    const { server } = await startReadyServer('sums', { isolation, openInference });
    const url = `${server.url}${base}/infer`;
    const output = { name: 'predictions', shape: [2], datatype: 'FP64', data: [3, 7.5] };

    const flat = await ask(url, { id: '42', inputs: [tensor] });
    const nested = await ask(`${server.url}${base}/versions/3/infer`, {
      inputs: [
        {
          ...tensor,
          data: [
            [1, 2],
            [3, 4.5],
          ],
        },
      ],
      outputs: [{ name: 'predictions' }],
    });

    expect(flat).toEqual({
      status: 200,
      body: { model_name: 'sums of rows', model_version: '3', id: '42', outputs: [output] },
    });
    expect(nested.body.outputs).toEqual([output]);
  },
);

test('several inputs come by name, and members of the prediction are outputs', async () => {
  const { server } = await startReadyServer('echo', {
    isolation: 'inline',
    openInference: { modelName: 'echo' },
  });
  const inputs = [
    { name: 'ids', shape: [2], datatype: 'BYTES', data: ['a', 'é'] },
    { name: 'flags', shape: [1, 2], datatype: 'BOOL', data: [true, false] },
    { name: 'one', shape: [1], datatype: 'INT64', data: [5] },
  ];

  const all = await ask(`${server.url}/v2/models/echo/infer`, { inputs });
  const some = await ask(`${server.url}/v2/models/echo/infer`, { inputs, outputs: [{ name: 'ids' }] });

  expect(all.body).toEqual({
    model_name: 'echo',
    outputs: [inputs[0], inputs[1], { ...inputs[2], datatype: 'FP64' }],
  });
  expect(some.body.outputs).toEqual([inputs[0]]);
});

test.each([
  ['no JSON', '{', /^parsing json/],
  ['nothing', '', /^the body is empty/],
  ['no inputs', { inputs: [] }, /^request\.inputs/],
  ['an unknown type', { inputs: [{ ...tensor, datatype: 'FP8' }] }, /inputs\[0\]\.datatype/],
  [
    'a wrong shape',
    { inputs: [{ ...tensor, shape: [3, 3] }] },
    /^inputs\[0\] \("x"\) has 4 elements, the shape \[3, 3\] needs 9/,
  ],
  ['a negative shape', { inputs: [{ ...tensor, shape: [-1] }] }, /inputs\[0\]\.shape\[0\]/],
  ['a huge shape', { inputs: [{ ...tensor, shape: [2 ** 40, 0], data: [] }] }, /would need \d+ lists/],
  [
    'a wrong element',
    { inputs: [{ ...tensor, data: [1, 2, 'x', 4] }] },
    /has "x" as element 2, which is not FP32/,
  ],
  [
    'what the schema refuses',
    { inputs: [{ ...tensor, datatype: 'BYTES', data: ['a', 'b', 'c', 'd'] }] },
    /inputs\[0\]\[0\] is "a"/,
  ],
  [
    'a number beyond its type',
    { inputs: [{ ...tensor, datatype: 'UINT8', data: [1, 300, 3, 4] }] },
    /300 as element 1, which is not UINT8$/,
  ],
  [
    'a number below its type',
    { inputs: [{ ...tensor, datatype: 'INT8', data: [1, -129, 3, 4] }] },
    /-129 as element 1, which is not INT8$/,
  ],
  [
    'a name that comes twice',
    { inputs: [tensor, tensor] },
    /^request\.inputs\[1\] has the same name as another input, "x"/,
  ],
  [
    'data in binary',
    { inputs: [tensor, { ...tensor, data: undefined, parameters: { binary_data_size: 16 } }] },
    /^request\.inputs\[1\] has its data in binary \("binary_data_size"\).*: send it as JSON, in data$/,
  ],
  [
    'data in shared memory',
    { inputs: [{ ...tensor, data: undefined, parameters: { shared_memory_region: 'a' } }] },
    /has its data in shared memory \("shared_memory_region"\)/,
  ],
  [
    'an output that is none',
    { inputs: [tensor], outputs: [{ name: 'y' }] },
    /"y" does not exist: ask for predictions/,
  ],
])('%s is refused in the words of the protocol', async (_what, body, message) => {
  const { server } = await startReadyServer('sums', { isolation: 'inline', openInference });

  const reply = await ask(`${server.url}${base}/infer`, body);

  expect(reply).toEqual({ status: 400, body: { error: expect.stringMatching(message) } });
});

test('a body that is too large is refused in the words of the protocol', async () => {
  const { server } = await startReadyServer('sums', { openInference, limits: { bodyBytes: 10 } });

  expect(await ask(`${server.url}${base}/infer`, { inputs: [tensor] })).toEqual({
    status: 413,
    body: { error: expect.stringContaining('larger than 10 bytes') },
  });
});

test('a million inputs that are none are refused in bounded memory', async () => {
  const { server } = await startReadyServer('sums', { workers: { heapMiB: 256 }, openInference });

  const { status, body } = await ask(`${server.url}${base}/infer`, `{"inputs":[${'{},'.repeat(1e6)}{}]}`);

  expect({ status, ...body }).toEqual({
    status: 400,
    error: expect.stringMatching(/^request\.inputs\[0\]\.name is missing.*; and at least 99\d more$/),
  });
});

test('tensors behind the JSON are refused, and how to send them is said', async () => {
  const { server } = await startReadyServer('sums', { openInference });
  const json = JSON.stringify({
    inputs: [{ ...tensor, data: undefined, parameters: { binary_data_size: 16 } }],
  });

  const response = await fetch(`${server.url}${base}/infer`, {
    method: 'POST',
    headers: { 'inference-header-content-length': String(json.length) },
    body: Buffer.concat([Buffer.from(json), new Uint8Array(16)]),
  });

  expect([response.status, await response.json()]).toEqual([
    415,
    {
      error: expect.stringMatching(
        /Inference-Header-Content-Length .* as JSON, for example with binary_data=False$/,
      ),
    },
  ]);
});

test('a wrong path is told before a wrong method, and each names its own path', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline', openInference });

  const other = await ask(`${server.url}/v2/models/other/infer`, { inputs: [tensor] });
  const version = await ask(`${server.url}${base}/versions/4/infer`, { inputs: [tensor] });
  const method = await ask(`${server.url}${base}/infer`);

  expect(other).toEqual({
    status: 404,
    body: { error: `there is no /v2/models/other/infer: the model is ${base}` },
  });
  expect(version.status).toBe(404);
  expect(method).toEqual({ status: 405, body: { error: `${base}/infer does not answer GET: use POST` } });
});

test('the routes say what there is', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline', openInference });

  expect(await ask(`${server.url}/v2`)).toEqual({
    status: 200,
    body: { name: 'optml', version: '2', extensions: [] },
  });
  expect(await ask(`${server.url}/v2/health/live`)).toEqual({ status: 200, body: { live: true } });
  expect(await ask(`${server.url}/v2/health/ready`)).toEqual({ status: 200, body: { ready: true } });
  expect(await ask(`${server.url}${base}/ready`)).toEqual({
    status: 200,
    body: { name: 'sums of rows', ready: true },
  });
  expect((await ask(`${server.url}${base}`)).body).toMatchObject({ name: 'sums of rows', versions: ['3'] });
  expect((await ask(`${server.url}/v2/models/other/ready`)).status).toBe(404);
  expect((await ask(`${server.url}${base}/versions/4`)).status).toBe(404);
  expect((await ask(`${server.url}/v2/health/ready`, {})).status).toBe(405);
});

test('the model is live but not ready while it loads', async () => {
  const { server } = await startServer('slow-load', { openInference });

  expect(await ask(`${server.url}/v2/health/live`)).toEqual({ status: 200, body: { live: true } });
  expect(await ask(`${server.url}/v2/health/ready`)).toEqual({ status: 503, body: { ready: false } });
  expect((await ask(`${server.url}${base}/infer`, { inputs: [tensor] })).status).toBe(503);
});

test('without the option there are no such routes', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline' });

  expect((await ask(`${server.url}/v2/health/live`)).status).toBe(404);
});

test('hooks that leave bodies to the server are reached, others are not', async () => {
  const minimal = await startReadyServer('hooks-minimal', { isolation: 'inline', openInference });
  const whole = await startReadyServer('hooks', { isolation: 'inline', openInference });

  const reached = await ask(`${minimal.server.url}${base}/infer`, { inputs: [tensor] });
  const refused = await ask(`${whole.server.url}${base}/infer`, { inputs: [tensor] });

  expect(reached.body.outputs).toEqual([{ name: 'predictions', shape: [2], datatype: 'FP64', data: [2, 6] }]);
  expect(refused).toEqual({ status: 415, body: { error: expect.stringContaining('use POST /invocations') } });
});

const formerMarker = 'application/vnd.optml.open-inference+json; model="sums"; version="3"';

test.each([
  ['off', {}],
  ['on', { openInference }],
])(
  'no content type is read as the protocol on /invocations while its routes are %s',
  async (_what, options) => {
    const { invoke } = await startReadyServer('sums', { isolation: 'inline', ...options });
    const body = JSON.stringify({ inputs: [tensor] });

    const marked = await invoke(body, { 'content-type': formerMarker });
    const plain = await invoke(body);

    expect([marked.status, await marked.text()]).toEqual([
      415,
      expect.stringContaining('CONTENT_TYPE_UNSUPPORTED'),
    ]);
    expect(plain.status).toBe(400);
  },
);

test('on the route of the protocol no header says how a body is read or answered', async () => {
  const written: string[] = [];
  const { server } = await startReadyServer('sums', {
    openInference,
    observe: { accessLog: { format: 'json', write: (lines) => void written.push(lines.toString()) } },
  });
  const contentTypes = ['text/csv', formerMarker, ''];

  const statuses = await Promise.all(
    contentTypes.map(async (contentType) => {
      const headers = { 'content-type': contentType, accept: 'text/csv' };
      const body = JSON.stringify({ inputs: [tensor] });
      const reply = await fetch(`${server.url}${base}/infer`, { method: 'POST', headers, body });
      return [reply.status, reply.headers.get('content-type')];
    }),
  );
  await server.close();

  const logged = written
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).contentType);
  expect(statuses).toEqual(contentTypes.map(() => [200, 'application/json']));
  expect(logged.sort()).toEqual(contentTypes.sort());
});
