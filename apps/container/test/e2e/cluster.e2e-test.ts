/** A job on several hosts: each a container, joined by a network without a way out, found by its name. */

import { expect, test } from 'vitest';
import { startContainer, surroundings } from './containers.ts';
import { makeJobTree, resourceConfigs } from './job-tree.ts';

const heterogeneous = resourceConfigs['of a heterogeneous cluster'];

async function startHost(host: string, hyperparameters: Readonly<Record<string, string>>) {
  const tree = await makeJobTree({
    hyperparameters,
    resourceConfig: { ...heterogeneous, current_host: host },
  });
  const network = ['--network', surroundings.hostsNetwork, '--network-alias', host];
  return { tree, container: await startContainer([...network, ...tree.mounts], ['train']) };
}

test('the hosts of a heterogeneous cluster find one another and all train', async () => {
  const hosts = await Promise.all(heterogeneous.hosts.map((host) => startHost(host, { max_depth: '3' })));

  const endings = await Promise.all(hosts.map(({ container }) => container.end()));

  for (const { exitCode, output } of endings) {
    expect(exitCode, output).toBe(0);
    expect(output).toContain('model written');
    expect(output).not.toMatch(/WARN|ERROR/);
  }
});
