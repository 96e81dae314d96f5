/** From start to stop, as the platform sees it. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { readReply, startReadyServer, startServer } from './start-server.ts';

test('ping is 503 while the model is being loaded, and 200 from then on', async () => {
  const { app, server, tell, heard, invoke } = await startServer('slow-load');
  await heard('loading');

  const before = await fetch(`${server.url}/ping`);
  const refused = await invoke('[[1]]');
  tell('go');
  await server.ready();
  const after = await fetch(`${server.url}/ping`);

  expect([before.status, await before.text()]).toEqual([503, '']);
  expect([refused.status, (await readReply(refused)).error.code]).toEqual([503, 'MODEL_NOT_READY']);
  expect([after.status, await after.text()]).toEqual([200, '']);
  expect(app.state).toBe('ready');
});

test.each(['GET', 'POST', 'HEAD'])('ping answers %s with an empty body', async (method) => {
  const { server } = await startReadyServer('echo');

  const response = await fetch(`${server.url}/ping?x=1`, { method });

  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('both routes name the methods that they answer', async () => {
  const { server } = await startReadyServer('echo');

  const ping = await fetch(`${server.url}/ping`, { method: 'DELETE' });
  const invocations = await fetch(`${server.url}/invocations`);

  expect([ping.status, ping.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  expect([invocations.status, invocations.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await readReply(invocations)).error.code).toBe('METHOD_NOT_ALLOWED');
});

test.each([
  ['missing', 'PREDICTOR_NOT_FOUND', /missing\.ts does not exist/],
  ['broken-import', 'PREDICTOR_IMPORT_FAILED', /a native addon is missing/],
  ['no-definition', 'PREDICTOR_INVALID', /export default definePredictor/],
  ['failing-load', 'MODEL_LOAD_FAILED', /no model\.json in/],
  ['exiting-load', 'WORKER_EXITED', /exit code 3/],
])('a predictor that cannot be loaded (%s) fails the server with a reason', async (fixture, code, reason) => {
  const { app, server } = await startServer(fixture);

  const failure = await server.ready().catch((error: unknown) => error);
  const ping = await fetch(`${server.url}/ping`);

  expect(failure).toMatchObject({ name: 'ServeError', code, message: expect.stringMatching(reason) });
  await expect(server.closed()).rejects.toBe(failure);
  expect([app.state, ping.status]).toEqual(['failed', 503]);
});

test('a load failure keeps the stack of the author in its cause', async () => {
  const { server, lines } = await startServer('failing-load');

  const failure = await server.ready().catch((error: Error) => error);

  expect(String((failure as Error).cause)).toMatch(/failing-load\.ts:\d+/);
  const line = lines.find(({ message }) => message === 'the model cannot be served');
  expect(line?.fields.stack).toMatch(/failing-load\.ts:\d+/);
});

test('a load failure with nothing beneath has no stack', async () => {
  const { server, lines } = await startServer('no-definition');

  await server.ready().catch(() => undefined);

  const line = lines.find(({ message }) => message === 'the model cannot be served');
  expect(Object.keys(line?.fields ?? {})).toEqual(['code', 'reason']);
});

test('closing while the model is being loaded aborts its load', async () => {
  const { app, server, heard } = await startServer('slow-load');
  await heard('loading');

  const ready = expect(server.ready()).rejects.toMatchObject({ code: 'SERVER_CLOSED' });
  await server.close();

  await ready;
  await heard('load aborted');
  expect(app.state).toBe('stopped');
});

test('close finishes what is in flight, tells new connections to close, and unloads', async () => {
  const { app, server, tell, heard, invoke } = await startReadyServer('commands', {
    drain: { graceMs: 500 },
  });
  const inFlight = invoke('["hold", "a"]');
  await heard('holding a');

  const closing = server.close();
  const ping = await fetch(`${server.url}/ping`);
  const late = await invoke('["late"]');
  tell('release a');
  const answer = await inFlight;
  await closing;

  expect([ping.status, ping.headers.get('connection')]).toEqual([503, 'close']);
  expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  await heard('unloaded');
  await server.closed();
  expect(app.state).toBe('stopped');
  await expect(fetch(`${server.url}/ping`)).rejects.toThrow();
});

test('close waits for what is in flight after it has stopped to listen', async () => {
  const { server, tell, heard, invoke } = await startReadyServer('commands');
  const inFlight = invoke('["hold", "a"]');
  const idle = connect(server.port, '127.0.0.1');
  idle.write('GET /ping HTTP/1.1\r\nhost: x\r\n\r\n');
  await Promise.all([heard('holding a'), once(idle, 'data')]);

  const closing = server.close();
  await once(idle, 'close');
  tell('release a');

  expect((await inFlight).status).toBe(200);
  await closing;
});

test('what is in flight at the deadline of a close is answered with 503, and aborted', async () => {
  const { server, heard, invoke } = await startReadyServer('commands', { drain: { timeoutMs: 50 } });
  const inFlight = invoke('["hold", "a"]');
  await heard('holding a');

  const closing = server.close();
  const reply = await inFlight;
  await closing;

  expect([reply.status, reply.headers.get('connection')]).toEqual([503, 'close']);
  expect((await readReply(reply)).error).toEqual({
    code: 'SERVER_CLOSED',
    message: expect.stringMatching(/longer than 50 ms: send the request again, to another instance/),
  });
});

test('a route of the author’s that is in flight at the deadline of a close is cut off', async () => {
  const asked = Promise.withResolvers<void>();
  const { server } = await startReadyServer('echo', {
    drain: { timeoutMs: 50 },
    prepare: ({ app }) => void app.get('/never', () => asked.resolve()),
  });
  const inFlight = fetch(`${server.url}/never`).catch((error: Error) => error);
  await asked.promise;

  await server.close();

  expect(await inFlight).toBeInstanceOf(Error);
});

test('close is idempotent and does not wait for idle connections', async () => {
  const { server } = await startReadyServer('echo');
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  socket.resume();

  const first = server.close();

  expect(server.close()).toBe(first);
  await first;
  await ended;
});

test('a port in use is a readable reason', async () => {
  const { server } = await startReadyServer('echo');

  const second = startServer('echo', { port: server.port });

  await expect(second).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: expect.stringContaining(`port ${server.port}`),
  });
});

test('an app listens once', async () => {
  const { app } = await startReadyServer('echo');

  await expect(app.listen({ port: 0 })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
});
