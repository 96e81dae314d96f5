import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TrainError } from '../../errors.ts';
import type { ClusterLink } from './cluster-link.ts';
import { createLoneLink } from './lone-link.ts';
import { serveLink } from './remote-link.ts';

const program = fileURLToPath(new URL('../../../test/cluster/remote-link-program.ts', import.meta.url));

/** Runs a child that asks `link`; what it tells besides, in order, and how it ended. */
async function runChild(link: ClusterLink) {
  const child = fork(program);
  const told: unknown[] = [];
  const receive = serveLink(link, (reply) => child.send(reply));
  child.on('message', (message) => {
    if (!receive(message)) told.push(message);
  });
  const [exitCode] = await once(child, 'exit');
  return { told, exitCode };
}

test('a child gets answers over a channel that does not keep it alive', async () => {
  const { told, exitCode } = await runChild(createLoneLink());

  expect(told).toEqual([{ hosts: [] }, { value: '{"seed":7}' }, { value: null }]);
  expect(exitCode).toBe(0);
});

test('a child gets errors with their codes', async () => {
  const error = new TrainError('CLUSTER_TIMEOUT', 'nobody came');
  const link = { ...createLoneLink(), waitForHosts: () => Promise.reject(error) };

  const { told } = await runChild(link);

  expect(told).toEqual([{ code: 'CLUSTER_TIMEOUT', message: 'nobody came', name: 'TrainError' }]);
});

test('a child learns of a failure that came before it', async () => {
  const error = new TrainError('CLUSTER_HOST_FAILED', 'host b failed: x');
  const link = {
    ...createLoneLink(),
    failure: AbortSignal.abort(error),
    waitForHosts: () => new Promise<never>(() => {}),
  };

  const { told } = await runChild(link);

  expect(told).toEqual([{ code: 'CLUSTER_HOST_FAILED', message: 'host b failed: x', name: 'TrainError' }]);
});
