import { expect, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

/** Starts a server with an access log in JSON; `close` gives all of its lines. */
async function startLogged(options: { readonly pings?: boolean } = {}) {
  const written: string[] = [];
  const started = await startReadyServer('sums', {
    observe: {
      accessLog: { format: 'json', write: (lines) => void written.push(lines.toString()), ...options },
    },
  });
  return {
    ...started,
    async close() {
      await started.server.close();
      const lines = written.join('').split('\n');
      expect(lines.pop()).toBe('');
      return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    },
  };
}

test('every invocation has a line with its id, status and times', async () => {
  const { invoke, close } = await startLogged();
  const headers = { 'content-type': 'application/json', 'x-amzn-sagemaker-inference-id': 'order 66' };
  await invoke('[[1, 2]]', headers);
  await invoke('[["a"]]', { 'content-type': 'application/json' });

  const [first, second] = await close();

  expect(first).toEqual({
    level: 'info',
    message: 'request',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestId: 'order 66',
    method: 'POST',
    path: '/invocations',
    status: 200,
    durationMs: expect.any(Number),
    queueMs: expect.any(Number),
    predictMs: expect.any(Number),
    requestBytes: 8,
    replyBytes: 19,
    contentType: 'application/json',
  });
  expect(second).toMatchObject({ status: 400, code: 'INPUT_INVALID' });
  expect(second).not.toHaveProperty('predictMs');
});

test('health checks have no lines unless they are asked for', async () => {
  const silent = await startLogged();
  const loud = await startLogged({ pings: true });
  for (const { server } of [silent, loud]) {
    await fetch(`${server.url}/ping`);
    await fetch(`${server.url}/nowhere?secret=1`);
  }

  const paths = [await silent.close(), await loud.close()].map((lines) =>
    lines.map(({ path, status }) => [path, status]),
  );

  expect(paths).toEqual([
    [['/nowhere', 404]],
    [
      ['/ping', 200],
      ['/nowhere', 404],
    ],
  ]);
});

test('a route that an invocation asks for has a line, and so has one that is refused', async () => {
  const written: string[] = [];
  const { server, invoke } = await startReadyServer('sums', {
    invocableRoutes: ['/v1/sum'],
    observe: { accessLog: { format: 'json', write: (lines) => void written.push(lines.toString()) } },
    prepare: ({ app }) => void app.post('/v1/sum', (_request, response) => void response.json(1)),
  });
  for (const route of ['/v1/sum?exact=1', '/admin'])
    await invoke('1', { 'x-amzn-sagemaker-custom-attributes': `route=${route}` });

  await server.close();

  const lines = written.join('').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { method: 'POST', path: '/v1/sum', status: 200, requestBytes: 1, replyBytes: expect.any(Number) },
    { method: 'POST', path: '/invocations', status: 403, code: 'ROUTE_NOT_ALLOWED' },
  ]);
});

test('no header can begin a line or a field of its own', async () => {
  const written: string[] = [];
  const { server, invoke } = await startReadyServer('sums', {
    observe: { accessLog: { write: (lines) => void written.push(lines.toString()) } },
  });
  await invoke('[[1]]', {
    'content-type': 'application/json',
    'x-amzn-sagemaker-inference-id': 'a status=500 "',
  });

  await server.close();

  expect(written.join('')).toMatch(
    /^INFO {2}request time=\S+ requestId="a status=500 \\"" method=POST path=\/invocations status=200 /,
  );
  expect(written.join('').match(/\n/g)).toHaveLength(1);
});

test('what a header has beyond ASCII stands in the line', async () => {
  const { invoke, close } = await startLogged();
  await invoke('1', { 'content-type': 'text/café' });

  const [line] = await close();

  expect(line).toMatchObject({ contentType: 'text/café', code: 'MEDIA_TYPE_MALFORMED' });
});
