/** A job on several hosts: each a container, joined by a network without a way out, found by its name. */

import { expect, test } from 'vitest';
import { startContainer, surroundings } from './containers.ts';
import { makeJobTree, resourceConfigs } from './job-tree.ts';

const heterogeneous = resourceConfigs['of a heterogeneous cluster'];

async function startHost(host: string) {
  const tree = await makeJobTree({
    hyperparameters: {},
    resourceConfig: { ...heterogeneous, current_host: host },
  });
  const network = ['--network', surroundings.hostsNetwork, '--network-alias', host];
  const author = ['--volume', `${surroundings.authors}/meets.js:/app/dist/train.js:ro`];
  return startContainer([...network, ...tree.mounts, ...author], ['train']);
}

test('the hosts of a heterogeneous cluster find one another, and all end well', async () => {
  // One may start seconds after another: each waits for the others.
  const containers = await Promise.all(heterogeneous.hosts.map(startHost));

  const endings = await Promise.all(containers.map((container) => container.end()));

  expect(endings.map(({ exitCode }) => exitCode)).toEqual(heterogeneous.hosts.map(() => 0));
  for (const { output } of endings) {
    expect(output).toContain(`all hosts are here word="from ${[...heterogeneous.hosts].sort()[0]}"`);
    expect(output).not.toMatch(/WARN|ERROR/);
  }
});
