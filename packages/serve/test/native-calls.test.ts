/** What threads promise when a native call does not return: they are lost, and nothing else is. */

import { expect, test } from 'vitest';
import { openFifo } from './open-fifo.ts';
import { startProgram } from './start-process.ts';
import { readReply, startReadyServer, waitForPing } from './start-server.ts';

const lostLine = /it is lost and is replaced/;

/** Starts a server with a body that blocks its worker in a read, which returns after a call of `release`. */
async function startServerThatReads(count: number) {
  const { path, release } = await openFifo();
  const allOptions = {
    limits: { invocationMs: 500 },
    drain: { graceMs: 0, timeoutMs: 200 },
    workers: { count },
  };
  const server = startProgram('serve-fixture', 'commands', JSON.stringify(allOptions));
  const { url } = JSON.parse(await server.readLine(/"ready"/)) as { readonly url: string };
  const headers = { 'content-type': 'application/json' };
  const invoke = (instances: readonly string[]) =>
    fetch(`${url}/invocations`, { method: 'POST', headers, body: JSON.stringify(instances) });
  return {
    server,
    url,
    invoke,
    read: (name: string) => invoke(['read', path, name]),
    release,
  };
}

test('a worker in a native call is lost and replaced, and ends when the call returns', async () => {
  const { server, url, invoke, read, release } = await startServerThatReads(1);

  const stuck = await read('a');
  const line = JSON.parse(await server.readLine(lostLine));
  await waitForPing(url, 200);
  const later = await invoke(['later']);
  const lost = await readLost(url);
  release();
  const end = JSON.parse(await server.readLine(/has ended/));

  expect([stuck.status, later.status]).toEqual([504, 200]);
  expect(line.reason).toMatch(/still busy \d+ ms after the time of an invocation was over/);
  expect(line).toMatchObject({ lostWorkers: 1, advice: expect.stringContaining('OPTML_ISOLATION=process') });
  expect(end).toMatchObject({ message: 'a lost worker has ended', lostWorkers: 0 });
  expect([lost, await readLost(url)]).toEqual(['1', '0']);
});

async function readLost(url: string): Promise<string | undefined> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return /^optml_workers_lost (\d+)$/m.exec(metrics)?.[1];
}

test('ping is 503 while too many workers are lost, and the others go on', async () => {
  const { server, url, invoke, read, release } = await startServerThatReads(2);

  const stuck: number[] = [];
  for (const name of ['a', 'b']) {
    stuck.push((await read(name)).status);
    await server.readLine(lostLine);
  }
  const line = JSON.parse(await server.readLine(/too many workers are lost/));
  const ping = await fetch(`${url}/ping`);
  const later = await invoke(['later']);
  release();
  await waitForPing(url, 200);

  expect([...stuck, ping.status, later.status]).toEqual([504, 504, 503, 200]);
  expect(line).toMatchObject({ level: 'error', lostWorkers: 2 });
});

test.each([
  ['before it counts as lost', false],
  ['after that', true],
])(
  'a server ends with 0 while a worker is in a native call (%s)',
  async (_, isLost) => {
    const { server, read } = await startServerThatReads(2);
    const stuck = read('a');
    if (isLost) await server.readLine(lostLine);
    else await stuck;

    server.kill('SIGTERM');

    expect([(await stuck).status, await server.exited]).toEqual([504, 0]);
  },
  60_000,
);

test.each([
  ['worker', 1],
  ['process', 0],
  ['inline', 0],
] as const)('a native addon in a thread is a reason for advice, once (%s)', async (isolation, times) => {
  const { invoke, lines } = await startReadyServer('addons', { isolation, workers: { count: 2 } });

  const { predictions } = await readReply(await invoke('["x"]'));

  const advice = lines.filter(({ message }) => message.includes('OPTML_ISOLATION=process'));
  expect(predictions).toEqual(['function', 'object']);
  expect(advice).toHaveLength(times);
  for (const { level, fields } of advice)
    expect([level, fields.file]).toEqual(['info', expect.stringMatching(/\.node$/)]);
});
