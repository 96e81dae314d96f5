/** Adapters, as the platform loads and unloads them and as clients name them. */

import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startAdapters } from './open-adapters.ts';
import { readAnswer } from './open-sessions.ts';
import { readReply, startReadyServer, startServer, waitForPing, waitForWorkers } from './start-server.ts';

describe.each(['worker', 'process', 'inline'] as const)('in %s', (isolation) => {
  test('the story of two adapters: loaded, listed, used, unloaded, and loaded again', async () => {
    const server = await startAdapters({ isolation, workers: { count: 2 } });
    const { addAdapter, load, list, find, unload, predict, heard, readMetrics } = server;
    const [two, three] = [await addAdapter('a', { factor: 2 }), await addAdapter('b', { factor: 3 })];

    expect(await list()).toEqual({ adapters: [] });
    const loaded = await load('two', two, { preload: true, pin: true });
    expect([loaded.status, await loaded.json()]).toEqual([200, { status: 'Adapter two registered' }]);
    expect((await load('drei/Größe', join(three, 'weights.json'))).status).toBe(200);
    expect(await readAnswer(load('two', two))).toEqual([409, 'ADAPTER_ALREADY_LOADED']);
    expect(await list('?limit=1')).toEqual({
      adapters: [{ name: 'two', src: two, pin: true }],
      nextPageToken: '1',
    });
    expect(await list('?limit=1&next_page_token=1')).toEqual({
      adapters: [{ name: 'drei/Größe', src: join(three, 'weights.json'), pin: false }],
    });
    expect(await (await find('two')).json()).toEqual([{ name: 'two', src: two, pin: true }]);
    expect(await readMetrics()).toContain('\noptml_adapters_loaded 2\n');

    expect(await readAnswer(predict('two', ['x', 5]))).toEqual([10]);
    expect(await readAnswer(predict(undefined, ['x', 5]))).toEqual([5]);
    expect(await readAnswer(predict('two', ['name'], { 'x-amzn-sagemaker-adapter-alias': 'zwei' }))).toEqual([
      'two',
      'zwei',
      'true',
    ]);
    const unknown = await predict('four', ['x', 5]);
    const { error } = await readReply(unknown);
    expect([unknown.status, error.code]).toEqual([404, 'ADAPTER_NOT_FOUND']);
    expect(error.message).toContain('"four" is not loaded: load it with POST /adapters');

    const unloaded = await unload('two');
    expect([unloaded.status, await unloaded.json()]).toEqual([200, { status: 'Adapter two unregistered' }]);
    await heard('unloaded two');
    expect(await readAnswer(unload('two'))).toEqual([404, 'ADAPTER_NOT_FOUND']);
    expect(await readAnswer(find('two'))).toEqual([404, 'ADAPTER_NOT_FOUND']);
    expect(await readAnswer(predict('two', ['x', 5]))).toEqual([404, 'ADAPTER_NOT_FOUND']);
    expect((await load('two', three)).status).toBe(200);
    expect(await readAnswer(predict('two', ['x', 5]))).toEqual([15]);
  });

  test('two loads of one name at once happen once, and an unload waits for what is in flight', async () => {
    const { addAdapter, load, unload, predict, heard, tell, messages, list } = await startAdapters({
      isolation,
    });
    const src = await addAdapter('a', { factor: 2, command: 'hold' });
    const other = await addAdapter('b', { factor: 3 });

    const first = load('a', src);
    await heard('loading a');
    const second = load('a', src);
    expect(await readAnswer(load('a', other))).toEqual([409, 'ADAPTER_ALREADY_LOADED']);
    expect(await list()).toEqual({ adapters: [] });
    expect(await readAnswer(predict('a', ['x', 1]))).toEqual([404, 'ADAPTER_NOT_FOUND']);
    tell('release a');
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(messages().filter((message) => message === 'loading a')).toHaveLength(1);

    const [held, stream] = [predict('a', ['hold', 1]), predict('a', ['stream', 4])];
    await heard('holding');
    const pieces = await stream;
    await heard('streaming');
    const unloading = unload('a');
    while ((await predict('a', ['x', 1])).status !== 404);
    expect(messages()).not.toContain('unloaded a');
    tell('release');

    expect(await readAnswer(held)).toEqual([2]);
    expect(await pieces.text()).toContain('8');
    expect((await unloading).status).toBe(200);
    await heard('unloaded a');
  });

  test('a load that fails leaves nothing, and one that never ends is ended', async () => {
    const { addAdapter, load, predict, list, unload, heard } = await startAdapters({
      isolation,
      adapters: { loadMs: 1_000 },
    });
    const wrong = await addAdapter('wrong', { factor: 'x' } as never);
    const never = await addAdapter('never', { factor: 1, command: 'never' });
    const right = await addAdapter('right', { factor: 2 });

    const failed = await load('a', wrong);
    const { error } = await readReply(failed);
    expect([failed.status, error.code]).toEqual([424, 'ADAPTER_LOAD_FAILED']);
    expect(error.message).toContain(`loading the adapter "a" from ${wrong} failed: `);
    expect(await readAnswer(load('b', never))).toEqual([504, 'ADAPTER_LOAD_TIMEOUT']);
    // What it gave in the end is released.
    await heard('unloaded b');
    const ended = load('c', never);
    await heard('loading c');
    expect((await unload('c')).status).toBe(200);
    expect(await readAnswer(ended)).toEqual([409, 'ADAPTER_UNLOADED']);
    expect(await list()).toEqual({ adapters: [] });
    for (const name of ['a', 'b', 'c']) {
      expect((await load(name, right)).status).toBe(200);
      expect(await readAnswer(predict(name, ['x', 5]))).toEqual([10]);
    }
  });

  test('an unload that never ends is not waited for, and the name is free', async () => {
    const { addAdapter, load, unload, predict, list, lines } = await startAdapters({
      isolation,
      adapters: { unloadMs: 50 },
    });
    const src = await addAdapter('a', { factor: 2, command: 'keep' });
    expect((await load('kept', src)).status).toBe(200);

    expect((await unload('kept')).status).toBe(200);

    expect(await list()).toEqual({ adapters: [] });
    expect(lines).toContainEqual({
      level: 'error',
      message: 'unloading an adapter does not end: what it holds is not given back',
      fields: { adapter: 'kept', unloadMs: 50 },
    });
    expect((await load('kept', await addAdapter('b', { factor: 3 }))).status).toBe(200);
    expect(await readAnswer(predict('kept', ['x', 5]))).toEqual([15]);
  });

  test('the end of the server unloads what is loaded', async () => {
    const { server, addAdapter, load, heard } = await startAdapters({ isolation });
    await load('a', await addAdapter('a', { factor: 2 }));

    await server.close();

    await heard('unloaded a');
  });
});

test('an unload that never ends does not hold up the end of the server, in its own thread either', async () => {
  const { server, addAdapter, load, lines } = await startAdapters({ isolation: 'inline' });
  await load('kept', await addAdapter('a', { factor: 2, command: 'keep' }));

  await server.close();

  expect(lines).toContainEqual({
    level: 'error',
    message: 'unloading the model does not end: what it holds is not given back',
    fields: { stopTimeoutMs: 2_000 },
  });
});

describe.each(['worker', 'process'] as const)('with two workers in %s', (isolation) => {
  test('every worker has an adapter, also one that is started later', async () => {
    const { addAdapter, load, unload, predict, messages, heard, server } = await startAdapters({
      isolation,
      workers: { count: 2 },
    });
    await waitForWorkers(server.url, 2);
    await load('a', await addAdapter('a', { factor: 2 }));
    await load('b', await addAdapter('b', { factor: 3 }));
    expect(messages().filter((message) => message === 'loaded a')).toHaveLength(2);
    await unload('b');

    expect(await readAnswer(predict('a', ['exit']))).toEqual([500, 'WORKER_EXITED']);
    await waitForWorkers(server.url, 2);

    await heard('loaded a', 3);
    const answers = Array.from({ length: 8 }, () => readAnswer(predict('a', ['x', 5])));
    expect(await Promise.all(answers)).toEqual(answers.map(() => [10]));
    expect(messages().filter((message) => message === 'loaded b')).toHaveLength(2);
  });

  test('an adapter that ends the workers that load it is not loaded in the next ones', async () => {
    const { addAdapter, load, predict, messages, server } = await startAdapters({
      isolation,
      workers: { count: 2 },
    });
    await waitForWorkers(server.url, 2);

    const failed = await load('a', await addAdapter('a', { factor: 2, command: 'exit' }));
    expect([failed.status, (await readReply(failed)).error.code]).toEqual([424, 'ADAPTER_LOAD_FAILED']);
    await waitForPing(server.url, 200);
    await waitForWorkers(server.url, 2);

    expect(await readAnswer(predict(undefined, ['x', 5]))).toEqual([5]);
    expect(messages().filter((message) => message === 'loading a')).toHaveLength(2);
  });
});

test('an adapter that is not preloaded is loaded for the first request that names it', async () => {
  const { addAdapter, load, unload, predict, list, find, heard, tell, messages, readMetrics } =
    await startAdapters();
  const later = { preload: false };
  const src = await addAdapter('a', { factor: 2, command: 'hold' });
  const wrong = await addAdapter('wrong', { factor: 'x' } as never);

  expect((await load('a', src, later)).status).toBe(200);
  expect(await readAnswer(load('a', src))).toEqual([409, 'ADAPTER_ALREADY_LOADED']);
  expect(await list()).toEqual({ adapters: [{ name: 'a', src, pin: false }] });
  expect((await find('a')).status).toBe(200);
  expect(await readMetrics()).toContain('\noptml_adapters_loaded 0\n');
  expect(messages()).not.toContain('loading a');

  const answers = [predict('a', ['x', 5]), predict('a', ['x', 6])];
  await heard('loading a');
  tell('release a');
  expect(await Promise.all(answers.map(readAnswer))).toEqual([[10], [12]]);
  expect(messages().filter((message) => message === 'loading a')).toHaveLength(1);
  expect(await readMetrics()).toContain('\noptml_adapters_loaded 1\n');

  // One that failed is tried again, and one that never was loaded is unloaded.
  expect((await load('b', wrong, later)).status).toBe(200);
  expect(await readAnswer(predict('b', ['x', 5]))).toEqual([424, 'ADAPTER_LOAD_FAILED']);
  await addAdapter('wrong', { factor: 3 });
  expect(await readAnswer(predict('b', ['x', 5]))).toEqual([15]);
  expect((await load('c', wrong, later)).status).toBe(200);
  expect((await unload('c')).status).toBe(200);
  expect(await readAnswer(predict('c', ['x', 5]))).toEqual([404, 'ADAPTER_NOT_FOUND']);
  expect(await readAnswer(load('c', join(src, 'none'), later))).toEqual([400, 'ADAPTER_REQUEST_INVALID']);

  // What is unloaded while requests wait for it is not loaded for them.
  expect((await load('d', src, later)).status).toBe(200);
  const waiting = predict('d', ['x', 5]);
  await heard('loading d');
  expect((await unload('d')).status).toBe(200);
  expect(await readAnswer(waiting)).toEqual([409, 'ADAPTER_UNLOADED']);
  tell('release d');
  await heard('unloaded d');
  expect((await load('e', wrong, { ...later, pin: true })).status).toBe(200);
  expect(messages()).toContain('loaded e');
});

test('without memory for another adapter the answer is 507, and the model goes on', async () => {
  const { addAdapter, load, predict, list } = await startAdapters({
    isolation: 'inline',
    workers: { memoryMiB: 90 },
  });

  const reply = await load('a', await addAdapter('a', { factor: 2 }));

  const { error } = await readReply(reply);
  expect([reply.status, error.code]).toEqual([507, 'MEMORY_INSUFFICIENT']);
  expect(error.message).toMatch(
    /^loading the adapter "a" failed: not enough memory: \d+ MiB of 90 MiB are in use, and an adapter is loaded only below 77 MiB: unload other adapters first$/,
  );
  expect(await list()).toEqual({ adapters: [] });
  expect(await readAnswer(predict(undefined, ['x', 5]))).toEqual([5]);
});

test('a worker that a load keeps busy for ever is replaced once the time for the load is over', async () => {
  const { addAdapter, load, predict, lines, server } = await startAdapters({
    workers: { count: 2 },
    adapters: { loadMs: 1_000 },
  });
  await waitForWorkers(server.url, 2);

  const failed = await load('a', await addAdapter('a', { factor: 2, command: 'loop' }));

  expect([failed.status, (await readReply(failed)).error.code]).toEqual([504, 'ADAPTER_LOAD_TIMEOUT']);
  expect(await readAnswer(predict(undefined, ['x', 5]))).toEqual([5]);
  const readMessages = () => lines.map(({ message }) => message);
  await expect.poll(readMessages).toContain('a worker ended and is replaced');
  const source = await addAdapter('b', { factor: 2 });
  // As long as another that loops is not replaced it counts as ready, and takes a load along when it is ended.
  await expect.poll(async () => (await load('b', source)).status).toBe(200);
});

test('a later worker that cannot load an adapter in time is not ready, and is replaced until one can', async () => {
  const started = await startAdapters({ adapters: { loadMs: 1_500 } });
  const { addAdapter, load, predict, lines, server } = started;
  const src = await addAdapter('a', { factor: 2 });
  expect((await load('a', src)).status).toBe(200);
  await addAdapter('a', { factor: 2, command: 'never' });

  expect(await readAnswer(predict('a', ['exit']))).toEqual([500, 'WORKER_EXITED']);
  const failure = { level: 'error', message: 'a worker could not be started' };
  while (!lines.some(({ message }) => message === failure.message)) await pause(5);
  expect(lines).toContainEqual({
    ...failure,
    fields: expect.objectContaining({ code: 'ADAPTER_LOAD_TIMEOUT' }),
  });
  await addAdapter('a', { factor: 3 });
  await waitForWorkers(server.url, 1);

  expect(await readAnswer(predict('a', ['x', 5]))).toEqual([15]);
});

test('a batch tells the adapter of each of its requests', async () => {
  const { server, invoke, modelDirectory } = await startReadyServer('batched-adapters');
  const load = (name: string) =>
    fetch(`${server.url}/adapters`, { method: 'POST', body: JSON.stringify({ name, src: modelDirectory }) });
  await Promise.all([load('a'), load('b')]);

  const predict = (name?: string) =>
    readAnswer(
      invoke('["x"]', {
        'content-type': 'application/json',
        ...(name !== undefined && { 'x-amzn-sagemaker-adapter-identifier': name }),
      }),
    );

  expect(await Promise.all([predict('a'), predict(), predict('b')])).toEqual([
    ['value of a'],
    ['no adapter'],
    ['value of b'],
  ]);
});

test('what a request gets wrong about an adapter is 400, and the message says what', async () => {
  const { server, load, modelDirectory, list } = await startAdapters({ isolation: 'inline' });
  await symlink('/proc/self', join(modelDirectory, 'link'));
  await writeFile(join(modelDirectory, 'file.json'), '{"factor": 1}');
  const wrong: readonly (readonly [name: unknown, src: unknown, more: object, text: string])[] = [
    [undefined, '/x', {}, 'has no text under "name"'],
    ['', '/x', {}, 'has no text under "name"'],
    [5, '/x', {}, 'has no text under "name"'],
    ['x'.repeat(1_025), '/x', {}, 'has a name of 1025 characters'],
    ['a', undefined, {}, 'has no text under "src"'],
    ['a', '/x', { pin: 'yes' }, 'has "yes" under "pin", not true or false'],
    ['a', '/x', { preload: 0 }, 'has 0 under "preload", not true or false'],
    ['a', 'adapters/a', {}, '"adapters/a" is not an absolute path'],
    ['a', 's3://bucket/a', {}, '"s3://bucket/a" is not an absolute path'],
    ['a', join(modelDirectory, 'none'), {}, 'none" cannot be read (ENOENT: no such file or directory): send'],
    ['a', `/${'x'.repeat(60_000)}`, {}, 'xxx..." cannot be read (ENAMETOOLONG: name too long): send'],
    ['a', '/dev/null', {}, 'leads to /dev/null, which the system owns'],
    ['a', '/sys', {}, 'leads to /sys'],
    ['a', join(modelDirectory, 'link'), {}, 'leads to /proc/'],
    ['a', join(modelDirectory, 'channel'), {}, 'is neither a file nor a folder'],
  ];

  for (const [name, src, more, text] of wrong) {
    const reply = await load(name, src, more);
    const { error } = await readReply(reply);

    expect([reply.status, error.code]).toEqual([400, 'ADAPTER_REQUEST_INVALID']);
    expect(error.message).toContain(text);
  }
  const post = (query: string, body: string) =>
    fetch(`${server.url}/adapters${query}`, { method: 'POST', body });
  expect(await readAnswer(post('', '{'))).toEqual([400, 'ADAPTER_REQUEST_INVALID']);
  expect(await readAnswer(fetch(`${server.url}/adapters?limit=0`))).toEqual([400, 'ADAPTER_REQUEST_INVALID']);
  expect(await readAnswer(fetch(`${server.url}/adapters/a/b`))).toEqual([404, 'ROUTE_NOT_FOUND']);
  expect((await fetch(`${server.url}/adapters`, { method: 'DELETE' })).status).toBe(405);
  expect(await list()).toEqual({ adapters: [] });
  // As clients of DJL Serving send it.
  const src = encodeURIComponent(join(modelDirectory, 'file.json'));
  expect((await post(`?name=q&src=${src}&pin=true`, '')).status).toBe(200);
});

test('before the model is loaded, there are no adapters yet', async () => {
  const { server } = await startServer('slow-load');

  expect(await readAnswer(fetch(`${server.url}/adapters`))).toEqual([503, 'MODEL_NOT_READY']);
});

test('a predictor without adapters leaves the path to the author, and refuses requests that name one', async () => {
  const { server, invoke } = await startReadyServer('echo', {
    isolation: 'inline',
    prepare: ({ app }) => void app.get('/adapters', (_request, response) => void response.json('mine')),
  });
  const named = { 'content-type': 'application/json', 'x-amzn-sagemaker-adapter-identifier': 'a' };

  expect(await (await fetch(`${server.url}/adapters`)).json()).toBe('mine');
  const { error } = await readReply(await invoke('[1]', named));
  expect([error.code, error.message]).toEqual([
    'ADAPTER_NOT_FOUND',
    expect.stringContaining('the predictor has no adapters'),
  ]);
});
