import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { findPort } from '../../../test/find-port.ts';
import type { OwnedClusterLink } from './cluster-link.ts';
import { createClusterLink } from './create-cluster-link.ts';

const open: OwnedClusterLink[] = [];
const stop = new AbortController();
afterEach(async () => {
  for (const link of open.splice(0)) await link.leave();
});

async function holdPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

function openLink(currentHost: string, port: number, warnings: string[] = []) {
  const log = { info: () => {}, warn: (message: string) => warnings.push(message) };
  const hosts = ['127.0.0.1', '127.0.0.2'];
  const link = createClusterLink({
    ...{ hosts, currentHost, port, jobName: 'job', signal: stop.signal, log },
    networkInterface: 'lo',
    deliveryTimeoutMs: 100,
  });
  open.push(link);
  return link;
}

/** Resolves when the other side has hung up, and makes sure that it does. */
async function pour(port: number, bytes: Uint8Array, end: boolean): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.resume();
  if (end) socket.end(bytes);
  else socket.write(bytes);
  await closed;
}

test('bytes of strangers never harm the leader or a host that joins later', async () => {
  const port = await findPort();
  const leader = openLink('127.0.0.1', port);
  const lines = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc.json().map((json) => Buffer.from(`${json}\n`)),
    fc.constantFrom(
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.from('{"type":"arrive","barrier":"m"}\n'),
      Buffer.from('{"type":"hello","protocol":"optml-cluster/2","job":"job","host":"127.0.0.9"}\n'),
      Buffer.from('{"type":"hello","protocol":"optml-cluster/1","job":"job","host":"127.0.0.2"}\n'),
    ),
  );

  await fc.assert(
    fc.asyncProperty(lines, (bytes) => pour(port, bytes, true)),
    { numRuns: 200 },
  );
  const member = openLink('127.0.0.2', port);

  expect(await member.waitForHosts({ timeoutMs: 10_000 })).toEqual([]);
  expect(leader.failure.aborted).toBe(false);
  await Promise.all([member.leave(), leader.leave()]);
});

// The time-out is shorter than the patience with strangers.
test('a stranger who sends too much is not waited for', { timeout: 8_000 }, async () => {
  const port = await findPort();
  const [leader, member] = [openLink('127.0.0.1', port), openLink('127.0.0.2', port)];
  await member.waitForHosts({ timeoutMs: 10_000 });

  await pour(port, Buffer.alloc(1024 * 1024, 'x'), false);

  expect(leader.failure.aborted).toBe(false);
  await Promise.all([member.leave(), leader.leave()]);
});

test('a host that ends while it is still joining has not disappeared', async () => {
  for (let turns = 0; turns < 30; turns += 1) {
    const port = await findPort();
    const leader = openLink('127.0.0.1', port);
    const member = openLink('127.0.0.2', port);
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();

    await member.leave();
    await leader.leave();

    expect([turns, leader.failure.aborted]).toEqual([turns, false]);
  }
});

test('a port that is taken fails the requests and not the job', async () => {
  const { server, port } = await holdPort();
  const warnings: string[] = [];
  const leader = openLink('127.0.0.1', port, warnings);

  const waiting = leader.waitForHosts({ timeoutMs: 10_000 });

  await expect(waiting).rejects.toMatchObject({
    code: 'CLUSTER_LISTEN_FAILED',
    message: `cannot listen for the other hosts on 127.0.0.1 port ${port} (EADDRINUSE): choose another port for the cluster`,
  });
  expect(warnings).toHaveLength(1);
  expect(leader.failure.aborted).toBe(false);
  server.close();
});

test('a barrier needs every host as often as this one came', async () => {
  const port = await findPort();
  const [leader, member] = [openLink('127.0.0.1', port), openLink('127.0.0.2', port)];
  await leader.waitForHosts({ timeoutMs: 10_000 });

  const calls = [leader.barrier('m', { value: '1' }), leader.barrier('m', { timeoutMs: 300 })];
  const [first, second] = await Promise.allSettled([...calls, member.barrier('m', {})]);
  await Promise.all([member.leave(), leader.leave()]);

  expect(first).toEqual({ status: 'fulfilled', value: '1' });
  expect(second).toMatchObject({ reason: { code: 'CLUSTER_TIMEOUT' } });
});
