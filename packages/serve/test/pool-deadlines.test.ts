/** What the pool promises when a prediction blocks or hangs. */

import { expect, test } from 'vitest';
import { bothWorkersAnswer, readReply, startReadyServer, waitForPing } from './start-server.ts';

const isolations = ['worker', 'process'] as const;

test.each([
  ['worker', '["block", "60000"]'],
  ['process', '["block", "60000"]'],
  ['worker', '["block behind"]'],
  ['process', '["block behind"]'],
] as const)(
  'a worker that is stuck past the deadline is ended and replaced (%s, %s)',
  async (isolation, body) => {
    const { server, invoke, lines } = await startReadyServer('commands', {
      isolation,
      limits: { invocationMs: 600 },
    });

    const stuck = await invoke(body, {
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-id': 'request-9',
    });
    await waitForPing(server.url, 503);
    await waitForPing(server.url, 200);
    const later = await invoke('["later"]');

    expect([stuck.status, (await readReply(stuck)).error.code]).toEqual([504, 'INVOCATION_TIMEOUT']);
    expect(later.status).toBe(200);
    // A thread that gets no CPU is not seen to run JavaScript, and counts as lost.
    const line = lines.find(({ message }) => message.endsWith('is replaced'));
    expect(line?.fields.reason).toMatch(/still busy \d+ ms after the time of an invocation was over/);
    expect(line?.fields.requestIds).toEqual(['request-9']);
  },
);

test.each(isolations)(
  'a worker that is stuck costs nothing but the request that it is stuck in, however busy the others are (%s)',
  async (isolation) => {
    const options = { isolation, workers: { count: 2 }, limits: { invocationMs: 1_000 } };
    const { heard, invoke, lines } = await startReadyServer('commands', options);
    await bothWorkersAnswer(invoke);
    const guilty = invoke('["block", "60000"]');
    await heard('started block');

    const statuses = new Set<number>();
    const sendAll = async () => {
      while (!lines.some(({ message }) => message.includes('replaced'))) {
        statuses.add((await invoke('["nap", "5"]')).status);
      }
    };
    await Promise.all(Array.from({ length: 8 }, sendAll));

    expect([(await guilty).status, ...statuses]).toEqual([504, 200]);
  },
  60_000,
);

test('a worker that was started for a request that blocks it is ended, too', async () => {
  const { server, invoke } = await startReadyServer('commands', { limits: { invocationMs: 1_000 } });

  const [crash, stuck] = await Promise.all([invoke('["exit"]'), invoke('["block", "60000"]')]);
  await waitForPing(server.url, 503);
  await waitForPing(server.url, 200);

  expect([crash.status, stuck.status]).toEqual([500, 504]);
});

test('a prediction that never settles fails alone', async () => {
  const { server, invoke, lines } = await startReadyServer('commands', { limits: { invocationMs: 1_000 } });

  const replies = await Promise.all([invoke('["never"]'), invoke('["other"]')]);
  const ping = await fetch(`${server.url}/ping`);

  expect(replies.map(({ status }) => status)).toEqual([504, 200]);
  expect(ping.status).toBe(200);
  expect(lines.filter(({ message }) => message.includes('replaced'))).toEqual([]);
});

test('a worker with a hundred predictions that never end is replaced', async () => {
  const { server, invoke, lines } = await startReadyServer('commands', { limits: { invocationMs: 500 } });

  await Promise.all(Array.from({ length: 110 }, () => invoke('["never"]')));

  const findReason = () => lines.find(({ message }) => message.includes('replaced'))?.fields.reason;
  await expect.poll(findReason).toMatch(/observe `signal`/);
  await waitForPing(server.url, 200);
});
