/** The stories of three hosts, each in a network namespace of its own with names of its own. */

import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Network, tellClusterStories } from './cluster-stories.ts';
import { type Host, startHost } from './start-host.ts';

const hosts = ['algo-1', 'algo-2', 'algo-3'] as const;
const prefix = (host: string) => ['ip', 'netns', 'exec', `optml-${host}`];

const stories: Network = {
  hosts,
  networkInterface: 'eth0',
  prefix,
  // Nothing else runs in the namespaces.
  findPort: async () => 7_778,
};

describe('three network namespaces', { timeout: 60_000 }, () => {
  tellClusterStories(stories);

  test('a host that loses its network stops the others with its name', async () => {
    const settings = { hosts, port: 7_778, jobName: 'lost', networkInterface: 'eth0', directory: tmpdir() };
    const started = hosts.map((currentHost) =>
      startHost({ ...settings, currentHost, heartbeatMs: 100, silenceMs: 2_000 }, prefix(currentHost)),
    );
    const [leader, lost, other] = started as [Host, Host, Host];
    await Promise.all(started.map((host) => host.order({ do: 'wait', timeoutMs: 30_000 })));

    setLink('algo-2', 'down');
    const told = await Promise.all([leader.next('aborted'), other.next('aborted'), lost.next('aborted')]);
    setLink('algo-2', 'up');
    for (const host of started) host.process.kill('SIGKILL');

    expect(told.map(({ message }) => message.slice(0, 23))).toEqual([
      'host algo-2 disappeared',
      'host algo-2 disappeared',
      'host algo-1 disappeared',
    ]);
  });

  test('a clock that runs away by hours in a moment changes nothing', async () => {
    const settings = { hosts, port: 7_778, jobName: 'clock', networkInterface: 'eth0', directory: tmpdir() };
    // faketime leaves files in shared memory when it is killed.
    const alone = ['unshare', '--mount', '/bin/sh', '-c', 'mount -t tmpfs tmpfs /dev/shm && exec "$@"', 'sh'];
    const fast = [...alone, 'faketime', '-m', '--exclude-monotonic', '-f', '+0 x100000'];
    const started = hosts.map((currentHost) =>
      startHost({ ...settings, currentHost }, [...prefix(currentHost), ...fast]),
    );
    await Promise.all(started.map((host) => host.order({ do: 'wait', timeoutMs: 30_000 })));
    const before = (await started[0]?.order({ do: 'tell-time' })) as number;
    const [late, ...waiting] = started as [Host, ...Host[]];

    const met = waiting.map((host) => host.order({ do: 'barrier', name: 'day', timeoutMs: 60_000 }));
    await late.order({ do: 'block', forMs: 300 });
    const after = (await late.order({ do: 'tell-time' })) as number;
    await late.order({ do: 'barrier', name: 'day', timeoutMs: 60_000 });
    await Promise.all(met);
    // faketime stands between: a kill would not reach the host.
    await Promise.all(started.map((host) => host.order({ do: 'leave' })));
    await Promise.all(started.map((host) => host.ended));

    expect(after - before).toBeGreaterThan(60 * 60_000);
  });

  test('the leader listens on the address of the job’s network only', async () => {
    const settings = { hosts, port: 7_778, jobName: 'bound', networkInterface: 'eth0', directory: tmpdir() };
    const leader = startHost({ ...settings, currentHost: 'algo-1' }, prefix('algo-1'));
    await leader.next('opened');

    const listening = run([...prefix('algo-1'), 'ss', '--no-header', '--listening', '--tcp', '--numeric']);
    leader.process.kill('SIGKILL');

    expect(listening.match(/\S+:7778/g)).toEqual(['10.77.78.1:7778']);
  });
});

test('names resolve in a namespace to addresses of the cluster', () => {
  expect(run([...prefix('algo-3'), 'getent', 'hosts', 'algo-1'])).toMatch(/^10\.77\.78\.1\s+algo-1$/m);
});

function setLink(host: string, state: 'up' | 'down'): void {
  run(['ip', '-n', `optml-${host}`, 'link', 'set', 'eth0', state]);
}

function run([command = '', ...argv]: readonly string[]): string {
  return execFileSync(command, argv, { encoding: 'utf8' });
}
