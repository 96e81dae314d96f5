/** When ping says 200: loaded, warmed up with the sample, healthy. */

import { rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readReply, startReadyServer, startServer, waitForPing } from './start-server.ts';

const isolations = ['worker', 'inline'] as const;

test.each(isolations)('the sample is predicted before the first request (%s)', async (isolation) => {
  const { invoke } = await startReadyServer('sampled', { isolation });

  const reply = await invoke('[[7, 8]]');

  expect((await readReply(reply)).predictions).toEqual([2]);
});

test.each(isolations)(
  'a sample that cannot be predicted fails the server, with the reason (%s)',
  async (isolation) => {
    const { app, server, modelDirectory } = await startServer('sampled', {
      isolation,
      prepareDirectory: (directory) => writeFile(`${directory}/bad-sample`, ''),
    });

    const failure = await server.ready().catch((error: unknown) => error);

    expect(modelDirectory).not.toBe('');
    expect(failure).toMatchObject({ code: 'WARM_UP_FAILED', message: /cannot predict a sample/ });
    expect(app.state).toBe('failed');
  },
);

test.each(isolations.flatMap((isolation) => ['ill', 'throws'].map((file) => [isolation, file] as const)))(
  'ping follows the author’s health check (%s, %s)',
  async (isolation, file) => {
    const { server, modelDirectory, lines } = await startReadyServer('sampled', {
      isolation,
      workers: { healthIntervalMs: 20 },
    });
    const before = await fetch(`${server.url}/ping`);

    await writeFile(`${modelDirectory}/${file}`, '');
    await waitForPing(server.url, 503);
    await rm(`${modelDirectory}/${file}`);
    await waitForPing(server.url, 200);

    expect(before.status).toBe(200);
    expect(lines.map(({ message }) => message)).toEqual([
      'the model is not healthy',
      'the model is healthy again',
    ]);
  },
);

test('a health check that hangs does not hold up ping', async () => {
  const { server, modelDirectory } = await startReadyServer('sampled', { workers: { healthIntervalMs: 20 } });
  await writeFile(`${modelDirectory}/hangs`, '');
  // Ten times as long as it takes until a check hangs, and far less than it may: 5 s.
  const untilMs = performance.now() + 200;

  const statuses = new Set<number>();
  while (performance.now() < untilMs) statuses.add((await fetch(`${server.url}/ping`)).status);

  expect([...statuses]).toEqual([200]);
});

test('a model that is ill from the start is loaded, and ping is 503', async () => {
  const { app, server } = await startReadyServer('sampled', {
    prepareDirectory: (directory) => writeFile(`${directory}/ill`, ''),
  });

  const ping = await fetch(`${server.url}/ping`);

  expect([app.state, ping.status]).toEqual(['ready', 503]);
});

test.each([
  [
    { workers: { count: 3 } },
    { MaxConcurrentTransforms: 3, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 25 },
  ],
  [
    { workers: { count: 3 }, hosting: 'batch transform' as const },
    { MaxConcurrentTransforms: 3, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 33 },
  ],
  [
    { isolation: 'inline' as const, limits: { bodyBytes: 10 } },
    { MaxConcurrentTransforms: 1, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 1 },
  ],
])('execution parameters follow the options (%j)', async (options, expected) => {
  const { server } = await startReadyServer('echo', options);

  const reply = await fetch(`${server.url}/execution-parameters`);
  const wrong = await fetch(`${server.url}/execution-parameters`, { method: 'POST' });

  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await reply.json()).toEqual(expected);
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

const stages = ['importing the predictor', 'loading the model', "predicting the predictor's sample"];

test.each(isolations)(
  'a start that takes long says in the log what it is busy with (%s)',
  async (isolation) => {
    const { lines } = await startReadyServer('slow-stages', { isolation, workers: { slowStageMs: 10 } });

    const said = lines.map(({ level, message }) => `${level} ${message}`);
    expect(said).toEqual(
      expect.arrayContaining(
        stages.flatMap((stage) =>
          ['0.01', '0.03'].map((seconds) => `warn ${stage} is still running after ${seconds} s`),
        ),
      ),
    );
  },
);

test('a start that does not take long says nothing', async () => {
  const { lines } = await startReadyServer('slow-stages');

  expect(lines).toEqual([]);
});
