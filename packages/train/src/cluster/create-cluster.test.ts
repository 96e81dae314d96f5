import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeCluster } from './cluster.ts';
import { createCluster } from './create-cluster.ts';
import { createClusterLink } from './link/create-cluster-link.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optml-cluster-'));
});
afterEach(() => rm(root, { recursive: true }));

async function create(hosts: string[], signal = new AbortController().signal) {
  const [currentHost = ''] = hosts;
  const log = { info: () => {}, warn: () => {} };
  const link = createClusterLink({ hosts: [currentHost], currentHost, jobName: 'job', signal, log });
  const paths = { model: join(root, 'model'), outputData: join(root, 'output/data') };
  return createCluster(describeCluster({ current_host: currentHost, hosts }), { link, paths, signal });
}

test('one host meets itself at once, and values pass through JSON as they do elsewhere', async () => {
  const cluster = await create(['algo-1']);

  await cluster.waitForPeers({ port: 1 });
  await cluster.barrier('start');
  const shared = await cluster.broadcast('date', { at: new Date(0), gone: undefined });
  const led = await cluster.onLeader(() => undefined);

  expect(shared).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  expect(led).toBeUndefined();
});

test('the error of the leader’s work is thrown as it is', async () => {
  const cluster = await create(['algo-1']);
  const error = new Error('disk full');

  const running = cluster.onLeader(() => {
    throw error;
  });

  await expect(running).rejects.toBe(error);
});

test('a value that is not JSON is refused with the call’s name', async () => {
  const cluster = await create(['algo-1']);

  await expect(cluster.broadcast('count', 1n)).rejects.toMatchObject({
    code: 'CLUSTER_VALUE_INVALID',
    message: expect.stringMatching(/^the value of broadcast "count" is not JSON: .*BigInt/),
  });
});

test('a value that is too large is refused with its size', async () => {
  const cluster = await create(['algo-1']);

  await expect(cluster.broadcast('table', 'x'.repeat(9_000_000))).rejects.toMatchObject({
    code: 'CLUSTER_VALUE_INVALID',
    message: expect.stringContaining('has 9000002 bytes as JSON, more than 8388608'),
  });
});

test('one host writes to the folders themselves', async () => {
  const cluster = await create(['algo-1']);

  expect(cluster.outputDirectory).toBe(join(root, 'output/data'));
  expect(cluster.modelDirectory).toBe(join(root, 'model'));
});

test('each of several hosts writes to a folder of its own, which a name cannot leave', async () => {
  const cluster = await create(['../../up', 'algo-2']);

  expect(cluster.outputDirectory).toBe(join(root, 'output/data/.._.._up'));
  expect(await readdir(join(root, 'model'))).toEqual(['.._.._up']);
});

test('a job that is stopped waits for nobody', async () => {
  const cluster = await create(['algo-1'], AbortSignal.abort(new Error('stopped')));

  await expect(cluster.barrier('start')).rejects.toThrow('stopped');
  await expect(cluster.waitForPeers()).rejects.toThrow('stopped');
});
