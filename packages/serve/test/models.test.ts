/** A server of several models, as the platform loads, invokes and unloads them. */

import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startModels } from './start-models.ts';
import { readReply } from './start-server.ts';
import { openTestChannel } from './test-channel.ts';
import { connect } from './web-socket-client.ts';

async function readError(response: Response) {
  return [response.status, (await readReply(response)).error.code];
}

test('the story of two models: loaded, listed, invoked, unloaded, and loaded again', async () => {
  const { server, addModel, load, list, find, unload, invoke } = await startModels('line');
  const ping = await fetch(`${server.url}/ping`);
  const first = await addModel('a1', { slope: 2, offset: 0 });
  const second = await addModel('b2', { slope: 1, offset: 10 });

  expect([ping.status, await list()]).toEqual([200, { models: [] }]);
  expect((await load('a1', first)).status).toBe(200);
  expect((await load('b2', second)).status).toBe(200);
  expect(await readError(await load('a1', first))).toEqual([409, 'MODEL_ALREADY_LOADED']);
  expect(await list()).toEqual({
    models: [
      { modelName: 'a1', modelUrl: first },
      { modelName: 'b2', modelUrl: second },
    ],
  });
  expect(await (await find('a1')).json()).toEqual({ modelName: 'a1', modelUrl: first });
  const headers = {
    'x-amzn-sagemaker-target-model': 'a.tar.gz',
    'x-amzn-sagemaker-custom-attributes': 'x=1',
  };
  const reply = await invoke('a1', '[[3]]', headers);
  expect([await reply.json(), reply.headers.get('x-amzn-sagemaker-custom-attributes')]).toEqual([
    { predictions: [6] },
    'x=1',
  ]);
  expect(await (await invoke('b2', '[[3]]')).json()).toEqual({ predictions: [13] });
  expect((await unload('a1')).status).toBe(200);
  expect(await readError(await unload('a1'))).toEqual([404, 'MODEL_NOT_FOUND']);
  expect(await readError(await find('a1'))).toEqual([404, 'MODEL_NOT_FOUND']);
  expect(await readError(await invoke('a1', '[[3]]'))).toEqual([404, 'MODEL_NOT_FOUND']);
  expect((await load('a1', first)).status).toBe(200);
  expect(await (await invoke('a1', '[[4]]')).json()).toEqual({ predictions: [8] });
});

test('a list comes in pages, which stay true while models come and go', async () => {
  const { addModel, load, list, unload } = await startModels('line', { isolation: 'inline' });
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    expect((await load(name, await addModel(name))).status).toBe(200);
  const names = (page: Awaited<ReturnType<typeof list>>) => page.models.map(({ modelName }) => modelName);

  const first = await list('?limit=2');
  await unload('b');
  const second = await list(`?limit=2&next_page_token=${first.nextPageToken}`);
  const last = await list(`?limit=2&next_page_token=${second.nextPageToken}`);

  expect([names(first), names(second), names(last)]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(last.nextPageToken).toBeUndefined();
});

test.each([
  'with/slashes/and ?query#hash',
  '..',
  '.',
  '../../etc',
  '%2F',
  'invoke',
  'Größe-模型-🌲',
  '__proto__',
  'ends with a line\n',
  'x'.repeat(1_024),
])('the name %j is a name like any other', async (name) => {
  const { addModel, load, list, server } = await startModels('line', { isolation: 'inline' });
  const url = await addModel('some-folder');
  const encoded = encodeURIComponent(name).replaceAll('.', '%2E');
  // Not through fetch, which takes %2E%2E for a way up.
  const send = async (method: string, path: string) => {
    const { request } = await import('node:http');
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { 'content-type': 'application/json' };
    const sent = request(server.url, { method, path, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.once('error', reject).end(method === 'POST' ? '[[1]]' : undefined);
    return await promise;
  };

  expect((await load(name, url)).status).toBe(200);
  expect((await list()).models).toEqual([{ modelName: name, modelUrl: url }]);
  expect(await send('GET', `/models/${encoded}`)).toBe(200);
  expect(await send('POST', `/models/${encoded}/invoke`)).toBe(200);
  expect(await send('DELETE', `/models/${encoded}`)).toBe(200);
  expect((await list()).models).toEqual([]);
});

test('requests that no model can be loaded by are refused with their reason', async () => {
  const { server, addModel, load, list, modelsDirectory } = await startModels('line', {
    isolation: 'inline',
  });
  const url = await addModel('a');
  await writeFile(join(modelsDirectory, 'file'), '');
  await symlink('/etc', join(modelsDirectory, 'link'));
  const post = (body: string) => fetch(`${server.url}/models`, { method: 'POST', body });
  const refusals: readonly (readonly [sent: () => Promise<Response>, reason: RegExp])[] = [
    [
      () => load('a', `${modelsDirectory}/missing/model`),
      /the url ".*missing\/model" cannot be read .*ENOENT/,
    ],
    [() => load('a', `${modelsDirectory}/file`), /is not a folder/],
    [() => load('a', `${modelsDirectory}/link`), /leads outside the folder of the models, to \/etc/],
    [() => load('a', `${modelsDirectory}/../x`), /is outside the folder of the models/],
    [() => load('a', modelsDirectory), /is outside the folder of the models/],
    [() => load('a', '/etc'), /is outside the folder of the models: send the folder .* below/],
    [() => load('a', 'models/a'), /is not an absolute path/],
    [() => load('a', `${url}\0`), /cannot be read/],
    [
      () => load('a', `${modelsDirectory}/${'x'.repeat(60_000)}`),
      /x\.\.\." cannot be read \(ENAMETOOLONG: name too long\): send the folder/,
    ],
    [() => load('a', undefined), /has no text under "url"/],
    [() => load(undefined, url), /has no text under "model_name"/],
    [() => load(7, url), /has no text under "model_name"/],
    [() => load('', url), /has no text under "model_name"/],
    [() => load('x'.repeat(1_025), url), /a name of 1025 characters, more than 1024/],
    [() => load('\ud800', url), /a name that is not Unicode/],
    [() => post('{'), /the request is not JSON: send \{"model_name"/],
    [() => post(''), /is not JSON/],
    [() => post('[]'), /has no text under "model_name"/],
    [() => post('null'), /is not a JSON object/],
    [() => fetch(`${server.url}/models?limit=0`), /limit is "0": expected a whole number from 1 to 1000/],
    [
      () => fetch(`${server.url}/models?next_page_token=x`),
      /next_page_token is "x": send what the page before ended/,
    ],
    [() => fetch(`${server.url}/models/%ff`), /the name "%ff" is not percent-encoded UTF-8/],
  ];

  for (const [sent, reason] of refusals) {
    const reply = await sent();
    const { error } = await readReply(reply);

    expect([reply.status, error.code, error.message]).toEqual([
      400,
      'MODEL_REQUEST_INVALID',
      expect.stringMatching(reason),
    ]);
  }
  const { error } = await readReply(await post('x'.repeat(70_000)));
  expect(error).toMatchObject({
    code: 'BODY_TOO_LARGE',
    message: expect.stringContaining('larger than 65536 bytes: send a name and a path alone'),
  });
  expect((await list()).models).toEqual([]);
});

test('what is of one model has no answer, and says what to call', async () => {
  const { server } = await startModels('line', { isolation: 'inline', playground: true });
  const requests: readonly (readonly [path: string, method: string, status: number, reason: RegExp])[] = [
    ['/invocations', 'POST', 404, /use POST \/models\/\{name\}\/invoke/],
    ['/openapi.json', 'GET', 404, /POST \/models\/\{name\}\/invoke/],
    ['/execution-parameters', 'GET', 404, /POST \/models\/\{name\}\/invoke/],
    ['/', 'GET', 404, /^there is no route GET \/: use POST \/models\/\{name\}\/invoke$/],
    ['/invocations-bidirectional-stream', 'GET', 404, /POST \/models\/\{name\}\/invoke/],
    ['/adapters', 'GET', 404, /POST \/models\/\{name\}\/invoke/],
    ['/v1/chat/completions', 'POST', 404, /POST \/models\/\{name\}\/invoke/],
    ['/v2/models/a/infer', 'POST', 404, /POST \/models\/\{name\}\/invoke/],
    ['/models/a/b/invoke', 'POST', 404, /%2F for a slash in a name/],
    ['/models//invoke', 'POST', 404, /is not a route of models/],
    ['/models/a/predict', 'POST', 404, /POST \/models\/\{name\}\/invoke/],
    ['/models', 'PUT', 405, /use GET, HEAD, POST/],
    ['/models/a', 'POST', 405, /use GET, HEAD, DELETE/],
    ['/models/a/invoke', 'GET', 405, /use POST/],
  ];

  for (const [path, method, status, reason] of requests) {
    const reply = await fetch(`${server.url}${path}`, { method });

    expect([path, reply.status, (await readReply(reply)).error.message]).toEqual([
      path,
      status,
      expect.stringMatching(reason),
    ]);
  }
  await expect(connect(server.url)).rejects.toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
});

test('loads of one name at the same time happen once, and a load that fails can be tried again', async () => {
  const { addModel, load, invoke, lines } = await startModels('line');
  const good = await addModel('good');
  const bad = await addModel('bad');
  await writeFile(join(bad, 'line.json'), '{"slope": "steep"}');

  const [first, second, other] = await Promise.all([load('a', good), load('a', good), load('a', bad)]);
  const failures = await Promise.all([load('b', bad), load('b', bad)]);
  await writeFile(join(bad, 'line.json'), '{"slope": 3, "offset": 0}');
  const third = await load('b', bad);

  expect([first.status, second.status]).toEqual([200, 200]);
  expect(await readError(other)).toEqual([409, 'MODEL_ALREADY_LOADED']);
  for (const failure of failures) {
    const { error } = await readReply(failure);
    expect([failure.status, error.code]).toEqual([500, 'MODEL_LOAD_FAILED']);
    expect(error.message).toMatch(/^loading the model "b" failed: .*slope/s);
  }
  expect(third.status).toBe(200);
  expect(await (await invoke('b', '[[1]]')).json()).toEqual({ predictions: [3] });
  expect(lines.filter(({ message }) => message === 'the model cannot be served')).toHaveLength(1);
});

test.each([
  ['exiting-load', 500, 'WORKER_EXITED'],
  ['broken-import', 500, 'PREDICTOR_IMPORT_FAILED'],
  ['failing-load', 500, 'MODEL_LOAD_FAILED'],
])('a load of %s fails, and the server stays', async (fixture, status, code) => {
  const { server, addModel, load, list } = await startModels(fixture);

  expect(await readError(await load('a', await addModel('a')))).toEqual([status, code]);
  expect((await list()).models).toEqual([]);
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
});

test('a load that takes too long is ended, and the answer says so', async () => {
  const { addModel, load, list } = await startModels('slow-load', { multiModel: { loadMs: 500 } });

  const reply = await load('a', await addModel('a'));

  const { error } = await readReply(reply);
  expect([reply.status, error.code, error.message]).toEqual([
    504,
    'MODEL_LOAD_TIMEOUT',
    'loading the model "a" failed: it took longer than 500 ms: let load read less, or compute less',
  ]);
  expect((await list()).models).toEqual([]);
});

test('a load that never ends is ended by an unload, and by the end of the server', async () => {
  const { server, addModel, load, find, unload, invoke } = await startModels('slow-load', {
    drain: { timeoutMs: 200 },
  });
  const urls = await Promise.all([addModel('a'), addModel('b')]);
  const channels = await Promise.all(urls.map(openTestChannel));
  const loads = [load('a', urls[0]), load('b', urls[1])];
  await Promise.all(channels.map(({ heard }) => heard('loading')));

  const early = await invoke('a', '[1]');
  const unknown = await find('a');
  const unloaded = await unload('a');
  await server.close();

  expect(await readError(early)).toEqual([503, 'MODEL_NOT_READY']);
  expect(await readError(unknown)).toEqual([404, 'MODEL_NOT_FOUND']);
  expect(unloaded.status).toBe(200);
  const answers = await Promise.all(loads.map(async (answer) => await readError(await answer)));
  expect(answers).toEqual([
    [409, 'MODEL_UNLOADED'],
    [503, 'SERVER_CLOSED'],
  ]);
  await Promise.all(channels.map(({ heard }) => heard('load aborted')));
  for (const { close } of channels) close();
});

test('a model that crashes fails alone, with a quarantine of its own', async () => {
  const { addModel, load, invoke, server } = await startModels('commands');
  const urls = await Promise.all([addModel('a'), addModel('b')]);
  const channel = await openTestChannel(urls[1]);
  await Promise.all([load('a', urls[0]), load('b', urls[1])]);
  const held = invoke('b', '["hold", "x"]');
  await channel.heard('holding x');

  const crashes = [await invoke('a', '["exit"]'), await invoke('a', '["exit"]')];
  const refused = await invoke('a', '["exit"]');
  channel.tell('release x');

  expect(crashes.map(({ status }) => status)).toEqual([500, 500]);
  expect(refused.status).toBe(422);
  expect((await held).status).toBe(200);
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
  expect((await invoke('a', '["well"]')).status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const target = { 'x-amzn-sagemaker-target-model': 'b.tar.gz' };
  const { predictions } = await readReply(await invoke('b', '["request"]', target));
  channel.close();
  expect(JSON.parse(`${predictions[0]}`).headers).toMatchObject(target);
  expect(metrics).toMatch(/^optml_models_loaded 2$/m);
  expect(metrics).toMatch(/^optml_worker_restarts_total 2$/m);
  expect(metrics).toMatch(/^optml_invocations_total\{status="500"\} 2$/m);
  expect(metrics).not.toMatch(/"[ab]"|\/models/);
});

test('a model whose workers cannot be replaced is not loaded any more, and can be loaded again', async () => {
  const { server, addModel, load, invoke, list } = await startModels('fails-later');
  const url = await addModel('a');
  expect((await load('a', url)).status).toBe(200);

  const crash = await invoke('a', '1');
  await expect.poll(async () => (await list()).models).toEqual([]);
  const failed = await invoke('a', '1');
  const ping = await fetch(`${server.url}/ping`);
  const failedLoad = await load('a', url);
  await rm(join(url, 'loaded'));
  const goodLoad = await load('a', url);

  expect([crash.status, ping.status]).toEqual([500, 200]);
  const { error } = await readReply(failed);
  expect([error.code, error.message]).toEqual([
    'MODEL_NOT_READY',
    'the model "a" has failed: the log says why: load it again',
  ]);
  expect(await readError(failedLoad)).toEqual([500, 'MODEL_LOAD_FAILED']);
  expect(goodLoad.status).toBe(200);
});

test('a worker that has imported the predictor waits for the next model', async () => {
  const { modelsDirectory, addModel, load, invoke, server } = await startModels('counts-imports');
  const file = join(modelsDirectory, 'imports');
  vi.stubEnv('TEST_IMPORTS_FILE', file);
  const countImports = async () => (await readFile(file, 'utf8')).length;
  const numbers: unknown[] = [];
  for (const name of ['a', 'b', 'c']) {
    expect((await load(name, await addModel(name))).status).toBe(200);
    numbers.push(await (await invoke(name, '1')).json());
    await expect.poll(countImports).toBe(numbers.length + 1);
  }

  await server.close();

  expect(numbers).toEqual([1, 2, 3].map((number) => ({ predictions: [number] })));
  vi.unstubAllEnvs();
});

test('an unload waits for what is in flight, and what comes later is not taken on', async () => {
  const { addModel, load, invoke, unload, list } = await startModels('commands');
  const url = await addModel('a');
  const channel = await openTestChannel(url);
  await load('a', url);
  const held = invoke('a', '["hold", "x"]');
  await channel.heard('holding x');

  const unloading = [unload('a'), unload('a')];
  // Answered behind the unloads.
  const pages = await list();
  const late = await invoke('a', '["late"]');
  const again = load('a', url);
  channel.tell('release x');

  expect(pages.models).toEqual([]);
  expect(await readError(late)).toEqual([404, 'MODEL_NOT_FOUND']);
  expect((await held).status).toBe(200);
  expect((await Promise.all(unloading)).map(({ status }) => status)).toEqual([200, 200]);
  await channel.heard('unloaded');
  expect((await again).status).toBe(200);
  channel.close();
});

test('an unload does not wait for ever', async () => {
  const { addModel, load, invoke, unload, list } = await startModels('commands', {
    multiModel: { unloadMs: 50 },
  });
  const url = await addModel('a');
  const channel = await openTestChannel(url);
  await load('a', url);
  const held = invoke('a', '["never"]');
  await channel.heard('started never');

  const reply = await unload('a');

  channel.close();
  expect(reply.status).toBe(200);
  expect((await held).status).toBeGreaterThanOrEqual(500);
  expect((await list()).models).toEqual([]);
});

test('without memory for another model the answer is 507, and ping stays 200', async () => {
  const { addModel, load, server } = await startModels('line', { workers: { memoryMiB: 90 } });

  const reply = await load('a', await addModel('a'));

  const { error } = await readReply(reply);
  expect([reply.status, error.code]).toEqual([507, 'MEMORY_INSUFFICIENT']);
  expect(error.message).toMatch(
    /^loading the model "a" failed: not enough memory: \d+ MiB of 90 MiB are in use, and a model begins with 24 MiB: unload other models first$/,
  );
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
});

test('a close finishes what is in flight of all models, and refuses loads', async () => {
  const { addModel, load, invoke, server } = await startModels('commands', { drain: { graceMs: 500 } });
  const urls = await Promise.all(['a', 'b'].map((name) => addModel(name)));
  const channels = await Promise.all(urls.map(openTestChannel));
  await Promise.all([load('a', urls[0]), load('b', urls[1])]);
  const held = [invoke('a', '["hold", "x"]'), invoke('b', '["hold", "x"]')];
  await Promise.all(channels.map(({ heard }) => heard('holding x')));

  const closing = server.close();
  const late = await load('c', await addModel('c'));
  for (const { tell } of channels) tell('release x');
  await closing;

  expect(await readError(late)).toEqual([503, 'SERVER_CLOSED']);
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
  await Promise.all(channels.map(({ heard }) => heard('unloaded')));
  for (const { close } of channels) close();
});

test('an invocation of a model does not reach a route of the server', async () => {
  const { addModel, load, invoke, server } = await startModels('line', {
    isolation: 'inline',
    invocableRoutes: ['/v1/embeddings'],
  });
  await load('a', await addModel('a'));
  const custom = (value: string) => ({ 'x-amzn-sagemaker-custom-attributes': value });

  const allowed = await invoke('a', '[[1]]', custom('route=/v1/embeddings'));
  const other = await invoke('a', '[[1]]', custom('route=/admin'));
  const plain = await invoke('a', '[[1]]', custom('tenant=7'));

  expect(await readError(allowed)).toEqual([403, 'ROUTE_NOT_ALLOWED']);
  expect(await readError(other)).toEqual([403, 'ROUTE_NOT_ALLOWED']);
  expect(plain.status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('{code="ROUTE_NOT_ALLOWED"} 2');
});

test('what is answered while the server drains says that its connection closes', async () => {
  const { addModel, load, invoke, unload, server } = await startModels('commands', {
    drain: { graceMs: 200 },
  });
  const url = await addModel('a');
  const channel = await openTestChannel(url);
  await load('a', url);
  const held = invoke('a', '["hold", "x"]');
  await channel.heard('holding x');
  const unloaded = unload('a');
  // It is not found once the unload waits.
  while ((await invoke('a', '["x"]')).status !== 404);

  const closing = server.close();
  channel.tell('release x');
  const replies = await Promise.all([held, unloaded, load('a', url)]);
  await closing;

  expect(replies.map(({ status, headers }) => [status, headers.get('connection')])).toEqual([
    [200, 'close'],
    [200, 'close'],
    [503, 'close'],
  ]);
  channel.close();
});
