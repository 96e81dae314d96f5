/** Routes of the author's, reached by invocations as the platform sends them. */

import express from 'express';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const attributes = 'X-Amzn-SageMaker-Custom-Attributes';

async function start(invocableRoutes?: readonly string[]) {
  const { server, invoke, lines } = await startReadyServer('echo', {
    invocableRoutes,
    prepare({ app }) {
      app.post('/v1/embeddings', express.json(), (request, response) => {
        response.json({ input: request.body.input, model: request.query.model ?? null });
      });
      app.post('/v1/uploads', express.raw({ type: 'multipart/form-data' }), async (request, response) => {
        const headers = { 'content-type': String(request.headers['content-type']) };
        const form = await new Response(request.body, { headers }).formData();
        const file = form.get('file') as File;
        response.json({ name: file.name, text: await file.text(), language: form.get('language') });
      });
      app.post('/admin', (_request, response) => void response.json('reached'));
      app.post('/v1/endless', (_request, response) => void response.write('first'));
      app.post('/v1/broken', () => {
        throw new Error('no model of that name');
      });
    },
  });
  return { server, invoke, lines };
}

test('an invocation reaches the route that its custom attribute names, with body and query', async () => {
  const { invoke } = await start(['/v1/embeddings', '/v1/uploads']);
  const json = { 'content-type': 'application/json' };
  const send = (attribute: string) => invoke('{"input": ["a"]}', { ...json, [attributes]: attribute });

  const replies = await Promise.all(
    ['route=/v1/embeddings', 'tenant=7,route=/v1/embeddings?model=small', 'route=/v1/embeddings; b=2'].map(
      async (attribute) => await (await send(attribute)).json(),
    ),
  );

  expect(replies).toEqual([
    { input: ['a'], model: null },
    { input: ['a'], model: 'small' },
    { input: ['a'], model: null },
  ]);
});

test('a form with a file goes to a route as it is', async () => {
  const { invoke } = await start(['/v1/uploads']);
  const form = new FormData();
  form.set('language', 'en');
  form.set('file', new File(['some sound'], 'speech.wav'));

  const reply = await invoke(form, { [attributes]: 'route=/v1/uploads' });

  expect(await reply.json()).toEqual({ name: 'speech.wav', text: 'some sound', language: 'en' });
});

test.each([
  '/admin',
  '/v1/embeddings/',
  '/v1/../admin',
  '/v1%2fembeddings',
  '',
  'http://host/v1/embeddings',
  '/ping',
])('a route that is not allowed is refused: %j', async (route) => {
  const { invoke } = await start(['/v1/embeddings']);

  const reply = await invoke('1,2', { [attributes]: `route=${route}` });

  expect(reply.status).toBe(403);
  expect(await reply.json()).toMatchObject({
    error: {
      code: 'ROUTE_NOT_ALLOWED',
      message: expect.stringContaining('use /v1/embeddings, or leave it out'),
    },
  });
});

test('a route that fails, or that is allowed and does not exist, is an error as on its own path', async () => {
  const { server, invoke, lines } = await start(['/v1/broken', '/v1/missing']);

  const named = { 'X-Amzn-SageMaker-Inference-Id': 'r-1' };
  const broken = await invoke('1', { [attributes]: 'route=/v1/broken', ...named });
  await fetch(`${server.url}/v1/broken`, {
    method: 'POST',
    headers: { 'x-amzn-sagemaker-inference-id': 'r-2' },
  });
  const missing = await invoke('1', { [attributes]: 'route=/v1/missing' });
  const ping = await fetch(`${server.url}/ping`);

  expect([broken.status, missing.status, ping.status]).toEqual([500, 404, 200]);
  expect((await readReply(missing)).error.message).toBe(
    'there is no route POST /v1/missing: use POST /invocations',
  );
  const failures = lines.filter(({ message }) => message === 'a route failed');
  expect(failures.map(({ fields }) => fields.requestId)).toEqual(['r-1', 'r-2']);
});

test('without the option the attribute is one like any other, and predictions go on beside it', async () => {
  const [without, beside] = await Promise.all([start(), start(['/v1/embeddings'])]);
  const csv = { 'content-type': 'text/csv' };

  const named = await without.invoke('1,2', { ...csv, [attributes]: 'route=/admin' });
  const other = await beside.invoke('1,2', { ...csv, [attributes]: 'my-route=/admin' });

  expect([named.status, named.headers.get(attributes)]).toEqual([200, 'route=/admin']);
  expect([other.status, other.headers.get(attributes)]).toEqual([200, 'my-route=/admin']);
});

test('what asks for a route is counted as an invocation, however it ends', async () => {
  const { server, invoke } = await start(['/v1/embeddings', '/v1/broken', '/v1/missing', '/v1/endless']);
  const json = { 'content-type': 'application/json' };
  for (const route of ['/v1/embeddings', '/v1/broken', '/v1/missing', '/admin'])
    await invoke('{"input": 1}', { ...json, [attributes]: `route=${route}` });
  const leaving = new AbortController();
  const endless = await invoke('1', { [attributes]: 'route=/v1/endless' }, { signal: leaving.signal });
  const readMetrics = async () => await (await fetch(`${server.url}/metrics`)).text();
  const during = await readMetrics();

  leaving.abort();
  let metrics = await readMetrics();
  while (!metrics.includes('code="CLIENT_LEFT"')) metrics = await readMetrics();

  expect(endless.status).toBe(200);
  expect(during).toMatch(/^optml_invocations_in_flight 1$/m);
  expect(metrics).toMatch(/^optml_invocations_in_flight 0$/m);
  for (const line of [
    'optml_invocations_total{status="200"} 2',
    'optml_invocations_total{status="500"} 1',
    'optml_invocations_total{status="404"} 1',
    'optml_invocations_total{status="403"} 1',
    'optml_invocation_errors_total{code="INTERNAL"} 1',
    'optml_invocation_errors_total{code="ROUTE_NOT_FOUND"} 1',
    'optml_invocation_errors_total{code="ROUTE_NOT_ALLOWED"} 1',
    'optml_invocation_errors_total{code="CLIENT_LEFT"} 1',
    // Of the three JSON bodies that reached a route, and of the single byte.
    'optml_request_bytes_total 37',
  ])
    expect(metrics).toContain(`${line}\n`);
});

test.each([
  ['/adapters', 'define adapters in the predictor, or use POST /invocations'],
  ['/adapters/a', 'define adapters in the predictor, or use POST /invocations'],
  ['/v1/chat/completions', 'define chatCompletions in the predictor, or use POST /invocations'],
  [
    '/invocations-bidirectional-stream',
    'define predictBidirectional in the predictor, or use POST /invocations',
  ],
  ['/models', 'set SAGEMAKER_MULTI_MODEL=true, multiModel in code, or use POST /invocations'],
  ['/metrics', 'set OPTML_METRICS=true, observe.metrics in code, or use POST /invocations'],
  ['/v2/models/a', 'set OPTML_OPEN_INFERENCE_MODEL, openInference in code, or use POST /invocations'],
  ['/adapter', 'use POST /invocations'],
])('%s, of what a server does not do, is answered with what gives it the route', async (route, advice) => {
  const { server } = await startReadyServer('sums', { isolation: 'inline', observe: { metrics: false } });

  const reply = await fetch(`${server.url}${route}`);

  expect([reply.status, await reply.json()]).toEqual([
    404,
    { error: { code: 'ROUTE_NOT_FOUND', message: `there is no route GET ${route}: ${advice}` } },
  ]);
});
