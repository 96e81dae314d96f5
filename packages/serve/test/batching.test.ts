/** What a predictor with `predictBatch` can rely on. */

import { writeFile } from 'node:fs/promises';
import type { ServerOptions } from '@optml/serve';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const isolations = ['worker', 'process', 'inline'] as const;

/** Starts with a batch under way, so that what comes next is gathered. */
async function startBusyServer(
  isolation: (typeof isolations)[number] = 'worker',
  batching: ServerOptions['batching'] = undefined,
) {
  return await startReadyServer('batched', {
    isolation,
    batching,
    prepareDirectory: (modelDirectory) =>
      writeFile(`${modelDirectory}/cost.json`, '{"fixedMs":50,"itemMs":1}'),
  });
}

test.each(isolations)('what arrives during a batch makes up the next, in order (%s)', async (isolation) => {
  const { invoke } = await startBusyServer(isolation);
  const names = Array.from({ length: 20 }, (_, index) => `n${index}`);

  const replies = await Promise.all(names.map((name) => invoke(JSON.stringify(name))));
  const texts = await Promise.all(replies.map((reply) => reply.text()));

  expect(texts.map((text) => JSON.parse(text).split(' ')[0])).toEqual(names);
});

test.each([
  ['worker', undefined, 8],
  ['worker', { maximumSize: 3 }, 3],
  ['process', { maximumSize: 3, maximumDelayMs: undefined }, 3],
  ['worker', { maximumSize: undefined, maximumDelayMs: 20 }, 8],
] as const)(
  'requests travel in batches no larger than the maximum (%s, %j)',
  async (isolation, batching, maximum) => {
    const { server, modelDirectory, invoke, heard, messages } = await startBusyServer(isolation, batching);
    const first = invoke('"wait"');
    await heard('batch wait');

    const others = Array.from({ length: 20 }, (_, index) => invoke(`"n${index}"`));
    const readMetrics = async () => (await fetch(`${server.url}/metrics`)).text();
    await expect.poll(readMetrics).toContain('optml_invocations_in_flight 21');
    await writeFile(`${modelDirectory}/go`, '');
    await Promise.all([first, ...others]);

    const sizes = messages()
      .filter((text) => text.startsWith('batch'))
      .map((text) => text.split(',').length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(21);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maximum);
    expect(sizes.length).toBeLessThan(10);
  },
);

test.each(isolations)(
  'a predictor without predictBatch that is to batch is warned of, once (%s)',
  async (isolation) => {
    const options = {
      isolation,
      batching: { maximumSize: 3, maximumDelayMs: undefined },
      workers: { count: 2 },
    };
    const { server, lines } = await startReadyServer('echo', options);

    await fetch(`${server.url}/openapi.json`);

    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: expect.stringContaining('the predictor has no predictBatch') },
    ]);
  },
);

test.each(isolations)('one bad request of a batch fails alone (%s)', async (isolation) => {
  const { invoke } = await startBusyServer(isolation);

  const replies = await Promise.all(
    ['"a"', '"throw"', '"bad"', '5', '"b"', '"c"'].map((body) => invoke(body)),
  );

  expect(replies.map(({ status }) => status)).toEqual([200, 500, 500, 400, 200, 200]);
  const [, thrown, bad] = await Promise.all(replies.map((reply) => readReply(reply)));
  expect(thrown?.error.message).toBe('the predictor failed: one of them is bad');
  expect(bad?.error.message).toBe('the predictor failed: only this one');
});

test('a batch of the wrong length is an error of the predictor', async () => {
  const { invoke, lines } = await startReadyServer('batched');

  const reply = await invoke('"short"');

  expect([reply.status, (await readReply(reply)).error.code]).toEqual([500, 'PREDICTION_INVALID']);
  expect(String(lines.at(-1)?.fields.stack)).toContain('0 outputs for 1 requests');
});

test.each(['worker', 'process'] as const)(
  'a crash in a batch refuses the one that did it and answers the others (%s)',
  async (isolation) => {
    const { invoke } = await startBusyServer(isolation);
    const bodies = ['"a"', '"b"', '"exit"', '"c"', '"d"'];

    const first = await Promise.all(bodies.map((body) => invoke(body)));
    const again = await Promise.all(bodies.map((body) => invoke(body)));
    const last = await Promise.all(bodies.map((body) => invoke(body)));

    expect(first.map(({ status }) => status)).toContain(500);
    expect(again.map(({ status }) => status)).toEqual([200, 200, 500, 200, 200]);
    expect(last.map(({ status }) => status)).toEqual([200, 200, 422, 200, 200]);
  },
  60_000,
);

test('a request whose client has left is left out of its batch', async () => {
  const { invoke, messages, heard } = await startBusyServer();
  const first = invoke('"first"');
  await heard('batch first');
  const leaving = new AbortController();
  const left = invoke('"left"', undefined, { signal: leaving.signal }).catch(() => 'left');
  const kept = invoke('"kept"');

  leaving.abort();
  await Promise.all([first, left, kept, invoke('"last"')]);

  expect(messages().filter((text) => text.includes('left'))).toEqual([]);
});
