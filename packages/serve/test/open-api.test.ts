import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { readReply, startReadyServer, startServer } from './start-server.ts';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}

/** Of the document only what the tests look into. */
interface Document {
  readonly info: { readonly title: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> & {
    readonly '/invocations': {
      readonly post: Operation & {
        readonly requestBody: { readonly content: Readonly<Record<string, object>> };
      };
    };
  };
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** One for all: the first validation compiles the schema of OpenAPI. */
const validator = new Validator();

async function readDocument(url: string): Promise<Document> {
  const response = await fetch(`${url}/openapi.json`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  return (await response.json()) as Document;
}

test.each([
  'sums',
  'sampled',
  'batched',
  'houses',
  'trees',
  'same-bytes',
  'zip-codes',
  'streams',
  'forms',
  'sessions',
  'adapters',
  'both-ways',
  'bidirectional',
])('the document of the predictor %s is valid OpenAPI 3.1, references included', async (fixture) => {
  const { server } = await startReadyServer(fixture);

  const document = await readDocument(server.url);

  expect(await validator.validate({ ...structuredClone(document) })).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(() => validator.resolveRefs()).not.toThrow();
});

test('every route that is on is described, and answers what is said of it', async () => {
  const openInference = { modelName: 'sums of {rows}', modelVersion: '3' };
  const { server } = await startReadyServer('sums', { openInference });

  const document = await readDocument(server.url);

  expect(await validator.validate({ ...structuredClone(document) })).toEqual({ valid: true });
  expect(Object.keys(document.paths)).toEqual([
    '/invocations',
    '/ping',
    '/execution-parameters',
    '/metrics',
    '/v2',
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/models/sums%20of%20%7Brows%7D',
    '/v2/models/sums%20of%20%7Brows%7D/ready',
    '/v2/models/sums%20of%20%7Brows%7D/infer',
    '/v2/models/sums%20of%20%7Brows%7D/versions/3',
    '/v2/models/sums%20of%20%7Brows%7D/versions/3/ready',
    '/v2/models/sums%20of%20%7Brows%7D/versions/3/infer',
  ]);
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] }] });
      const init = path.endsWith('/infer') ? { body } : { headers: { 'content-type': 'text/csv' } };
      const reply = await fetch(`${server.url}${path}`, { method, ...init });

      const described = Object.keys(responses[reply.status]?.content ?? { '': {} });
      const type = reply.headers.get('content-type')?.split(';')[0] ?? '';
      expect([path, method, reply.ok, described]).toEqual([path, method, true, [type]]);
      await reply.arrayBuffer();
    }
  }
});

test('a form is described where there are files in the instances, with what they may be', async () => {
  const [forms, sums] = await Promise.all([startReadyServer('forms'), startReadyServer('sums')]);

  const [withFiles, without] = await Promise.all([
    readDocument(forms.server.url),
    readDocument(sums.server.url),
  ]);

  const { content } = withFiles.paths['/invocations'].post.requestBody;
  expect(Object.entries(content)[0]).toEqual([
    'multipart/form-data',
    { schema: { $ref: '#/components/schemas/Instances' } },
  ]);
  expect(withFiles.components.schemas.Instances).toMatchObject({
    properties: {
      image: { format: 'binary', contentMediaType: 'image/png' },
      files: { type: 'array', items: { format: 'binary' } },
    },
  });
  expect(without.paths['/invocations'].post.requestBody.content).not.toHaveProperty('multipart/form-data');
});

test('routes that are off are not described', async () => {
  const { server } = await startReadyServer('sums', { observe: { metrics: false } });

  const { paths } = await readDocument(server.url);

  expect(Object.keys(paths)).toEqual(['/invocations', '/ping', '/execution-parameters']);
});

test('the schemas are those of the predictor', async () => {
  const { server } = await startReadyServer('houses');

  const { info, components } = await readDocument(server.url);

  expect(info.title).toBe('Houses');
  expect(components.schemas.Instances).toMatchObject({
    type: 'array',
    items: {
      type: 'object',
      required: ['rooms', 'area', 'heating', 'garden', 'note'],
      properties: {
        rooms: { type: 'integer', minimum: 1, maximum: 50 },
        area: { type: 'number', description: 'In square metres.' },
        city: { type: 'string', default: 'Bergen' },
        heating: { enum: ['gas', 'district', 'none'] },
      },
    },
  });
  expect(components.schemas.Predictions).toMatchObject({
    items: { properties: { price: { type: 'number' } } },
  });
});

test('a schema that refers to itself does so from its new place', async () => {
  const { server } = await startReadyServer('trees');

  const { components } = await readDocument(server.url);

  const references = [...JSON.stringify(components.schemas.Instances).matchAll(/"\$ref":"([^"]*)"/g)];
  expect(references.length).toBeGreaterThan(0);
  for (const [, target] of references) expect(target).toMatch(/^#\/components\/schemas\/Instances/);
});

test('a sample is an example of the instances and of the request', async () => {
  const { server } = await startReadyServer('sampled');

  const { components, paths } = await readDocument(server.url);

  const { examples } = components.schemas.Instances as { readonly examples: readonly unknown[] };
  const json = paths['/invocations'].post.requestBody.content['application/json'];
  expect(json).toMatchObject({ examples: { sample: { value: { instances: examples[0] } } } });
});

test('every status that an invocation is answered with is described with its code', async () => {
  const { server, invoke } = await startReadyServer('commands', { limits: { bodyBytes: 1_000 } });
  const json = { 'content-type': 'application/json' };
  const replies = [
    await invoke('["throw"]'),
    await invoke('["wrong"]'),
    await invoke('{"a":'),
    await invoke('[1]'),
    await invoke('x', { 'content-type': 'video/webm' }),
    await invoke('["a"]', { ...json, accept: 'video/mp4' }),
    await invoke(`["${'a'.repeat(1_000)}"]`),
    await fetch(`${server.url}/invocations`),
  ];

  const { responses } = (await readDocument(server.url)).paths['/invocations'].post;

  for (const reply of replies) {
    const { error } = await readReply(reply);
    expect(responses[reply.status]?.description.split(', ')).toContain(error.code);
  }
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([500, 400, 415, 406, 413, 405]));
});

test('every content type of the document is answered', async () => {
  const { server, invoke } = await startReadyServer('commands');
  const { content } = (await readDocument(server.url)).paths['/invocations'].post.requestBody;

  for (const type of Object.keys(content)) {
    const reply = await invoke('x', { 'content-type': type.replace('*', 'png') });

    expect(await reply.text()).not.toContain('CONTENT_TYPE_UNSUPPORTED');
  }
  expect(Object.keys(content)).toContain('text/csv');
});

test('before the model is loaded nothing is known of it', async () => {
  const { server, tell } = await startServer('slow-load');

  const response = await fetch(`${server.url}/openapi.json`);

  expect(response.status).toBe(503);
  expect((await readReply(response)).error.code).toBe('MODEL_NOT_READY');
  tell('go');
});

test('connections are described where they are opened, and invocations only where there are any', async () => {
  const alone = await startReadyServer('bidirectional');
  const both = await startReadyServer('both-ways');

  const paths = await Promise.all(
    [alone, both].map(async ({ server }) => Object.keys((await readDocument(server.url)).paths)),
  );

  const stream = '/invocations-bidirectional-stream';
  expect(paths[0]).toEqual(expect.arrayContaining([stream, '/v1/realtime']));
  expect(paths[0]).not.toContain('/invocations');
  expect(paths[1]).toEqual(expect.arrayContaining([stream, '/invocations']));
});
