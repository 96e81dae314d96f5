import { existsSync } from 'node:fs';
import { codecErrorCodes } from '@optml/codecs';
import { serveErrorCodes } from '@optml/serve';
import { expect, test } from 'vitest';
import { startReadyServer, startServer } from './start-server.ts';

/** The samples of a text by name and labels, as they are written. */
async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('/metrics counts invocations by status and errors by code', async () => {
  const { server, invoke } = await startReadyServer('sums');
  await invoke('[[1, 2]]');
  await invoke('[["a"]]');
  await invoke('1,2', { 'content-type': 'video/mp4' });

  const samples = await scrape(server.url);

  expect(samples.get('optml_invocations_total{status="200"}')).toBe(1);
  expect(samples.get('optml_invocations_total{status="400"}')).toBe(1);
  expect(samples.get('optml_invocation_errors_total{code="INPUT_INVALID"}')).toBe(1);
  expect(samples.get('optml_invocation_errors_total{code="CONTENT_TYPE_UNSUPPORTED"}')).toBe(1);
  expect(samples.get('optml_invocation_duration_seconds_count')).toBe(3);
  expect(samples.get('optml_invocation_predict_seconds_count')).toBe(1);
  expect(samples.get('optml_invocation_decode_seconds_count')).toBe(1);
  expect(samples.get('optml_invocation_encode_seconds_count')).toBe(1);
  expect(samples.get('optml_invocations_in_flight')).toBe(0);
  expect(samples.get('optml_healthy')).toBe(1);
  expect(samples.get('optml_workers_ready')).toBe(1);
  expect(samples.get('optml_request_bytes_total')).toBe('[[1, 2]]'.length + '[["a"]]'.length + '1,2'.length);
});

test('whatever clients and predictors send, an error code is one of the closed set', async () => {
  const { server, invoke } = await startReadyServer('commands');
  for (const command of ['throw', 'throw text', 'wrong', 'exit']) await invoke(JSON.stringify([command]));
  await invoke('{"a":', { 'content-type': 'application/json; charset=x"y' });
  await fetch(`${server.url}/invocations`, { method: 'PUT', body: 'x' });

  const samples = await scrape(server.url);

  const codes = [...samples.keys()].flatMap(
    (name) => /^optml_invocation_errors_total\{code="(.*)"\}$/.exec(name)?.[1] ?? [],
  );
  const known: readonly string[] = [...serveErrorCodes, ...codecErrorCodes];
  expect(codes).toContain('PREDICTOR_FAILED');
  expect(codes.filter((code) => !known.includes(code))).toEqual([]);
});

test('the time in the predictor is told from the time in the queue', async () => {
  const { server, invoke } = await startReadyServer('commands');

  await Promise.all([invoke('["block", "120"]'), invoke('["block", "120"]')]);

  const samples = await scrape(server.url);
  // Each took 120 ms at least, and the second waited for the first.
  expect(samples.get('optml_invocation_predict_seconds_sum')).toBeGreaterThanOrEqual(0.24);
  expect(samples.get('optml_invocation_queue_seconds_sum')).toBeGreaterThanOrEqual(0.1);
  expect(samples.get('optml_invocation_queue_seconds_bucket{le="60"}')).toBe(2);
});

test('a prediction that failed counts for the time in the predictor, and for no later step', async () => {
  const { server, invoke } = await startReadyServer('commands');

  await invoke('["throw"]');
  await invoke('["wrong"]');
  await invoke('no json');

  const samples = await scrape(server.url);
  expect(samples.get('optml_invocation_predict_seconds_count')).toBe(2);
  expect(samples.get('optml_invocation_encode_seconds_count')).toBe(0);
});

test('the sizes of batches are counted once for each batch', async () => {
  const { server, invoke } = await startReadyServer('batched');

  await Promise.all(['"a"', '"b"', '"c"', '"d"'].map((body) => invoke(body)));

  const samples = await scrape(server.url);
  expect(samples.get('optml_batch_size_sum')).toBe(4);
  expect(samples.get('optml_invocation_predict_seconds_count')).toBe(4);
});

test('a worker that is replaced is counted', async () => {
  const { server, invoke, lines } = await startReadyServer('commands');
  await invoke('["exit"]');
  await invoke('["after"]');

  const samples = await scrape(server.url);

  expect(lines.some(({ message }) => message === 'a worker ended and is replaced')).toBe(true);
  expect(samples.get('optml_worker_restarts_total')).toBe(1);
});

test('/metrics is answered while every worker is busy, and counts what is in flight', async () => {
  const { server, invoke, heard, modelDirectory } = await startReadyServer('commands');
  const busy = invoke('["busy"]');
  await heard('started busy');

  const samples = await scrape(server.url);

  expect(existsSync(`${modelDirectory}/flag`)).toBe(false);
  expect(samples.get('optml_invocations_in_flight')).toBe(1);
  await releaseBusy(modelDirectory);
  await busy;
});

async function releaseBusy(modelDirectory: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(`${modelDirectory}/flag`, '');
}

test('/metrics is answered before the model is loaded, and says so', async () => {
  const { server, tell } = await startServer('slow-load');

  const samples = await scrape(server.url);

  expect(samples.get('optml_healthy')).toBe(0);
  expect(samples.get('optml_workers_ready')).toBe(0);
  tell('go');
});

test('/metrics refuses what does not read, and answers HEAD without a body', async () => {
  const { server } = await startServer('sums');

  const post = await fetch(`${server.url}/metrics`, { method: 'POST', body: 'x' });
  const head = await fetch(`${server.url}/metrics`, { method: 'HEAD' });

  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('without metrics, /metrics belongs to the author', async () => {
  const { server } = await startServer('sums', {
    observe: { metrics: false },
    prepare: ({ app }) => app.get('/metrics', (_request, response) => void response.send('mine')),
  });

  const response = await fetch(`${server.url}/metrics`);

  expect(await response.text()).toBe('mine');
});
