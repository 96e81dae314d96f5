/** What every cluster of three hosts must do, wherever its hosts run; each story is told once per network. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { HostSettings } from './host-words.ts';
import { type Host, startHost } from './start-host.ts';

/** Three places for hosts that can reach one another. */
export interface Network {
  /** Their names, the leader's first. */
  readonly hosts: readonly [string, string, string];
  readonly networkInterface?: string | undefined;
  /** The command that runs another command in the place of a host. */
  prefix(host: string): readonly string[];
  findPort(): Promise<number>;
}

/** Tells the stories on `network`. */
export function tellClusterStories(network: Network): void {
  const [first, second, third] = network.hosts;
  const running: Host[] = [];
  const directories: string[] = [];

  afterEach(async () => {
    for (const host of running) host.process.kill('SIGKILL');
    for (const host of running.splice(0)) await host.ended;
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  async function prepare(changes: Partial<HostSettings> = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'optml-cluster-'));
    directories.push(directory);
    const port = await network.findPort();
    const start = (currentHost: string, own: Partial<HostSettings> = {}) => {
      const { hosts, networkInterface } = network;
      const settings = { hosts, currentHost, port, jobName: 'story', directory, ...changes, ...own };
      const host = startHost({ ...settings, networkInterface }, network.prefix(currentHost));
      running.push(host);
      return host;
    };
    return { start, port };
  }

  async function startThree(changes: Partial<HostSettings> = {}, ofLeader: Partial<HostSettings> = {}) {
    const { start, port } = await prepare(changes);
    const hosts = [start(first, ofLeader), start(second), start(third)] as const;
    await Promise.all(hosts.map((host) => host.order({ do: 'wait', timeoutMs: 30_000 })));
    return { hosts, port };
  }

  const orderAll = (hosts: readonly Host[], command: Parameters<Host['order']>[0]) =>
    Promise.all(hosts.map((host) => host.order(command)));

  test('all hosts meet, share values and end well', async () => {
    const { hosts } = await startThree();
    const [leader, ...others] = hosts;

    await orderAll(hosts, { do: 'barrier', name: 'epoch' });
    await orderAll(hosts, { do: 'barrier', name: 'epoch' });
    const shared = await Promise.all([
      leader.order({ do: 'broadcast', name: 'seed', value: { seed: 7, text: 'größer\n' } }),
      ...others.map((host) => host.order({ do: 'broadcast', name: 'seed', value: 'ignored' })),
    ]);
    const led = await Promise.all([
      leader.order({ do: 'lead', value: [1, 2] }),
      ...others.map((host) => host.order({ do: 'lead', value: 'never run' })),
    ]);
    await orderAll(hosts, { do: 'leave' });

    expect(shared).toEqual(Array(3).fill({ seed: 7, text: 'größer\n' }));
    expect(led).toEqual(Array(3).fill([1, 2]));
    expect(await Promise.all(hosts.map((host) => host.ended))).toEqual(Array(3).fill({ exitCode: 0 }));
  });

  test('hosts wait for one that starts late, even for the leader', async () => {
    const { start } = await prepare();
    const early = [start(second), start(third)];
    await Promise.all(early.map((host) => host.next('opened')));
    const waiting = orderAll(early, { do: 'barrier', name: 'start', timeoutMs: 30_000 });

    const late = start(first);
    await late.order({ do: 'barrier', name: 'start', timeoutMs: 30_000 });

    expect(await waiting).toHaveLength(2);
  });

  test('a host that fails stops the others with its name and cause', async () => {
    const { hosts } = await startThree();
    const waiting = Promise.allSettled(
      [hosts[0], hosts[2]].map((host) => host.order({ do: 'barrier', name: 'never' })),
    );

    await hosts[1].order({ do: 'fail', cause: `no memory left ${'x'.repeat(400)}` });

    const reason = `host ${second} failed: no memory left ${'x'.repeat(284)}…`;
    expect((await hosts[0].next('aborted')).message).toBe(reason);
    expect((await hosts[2].next('aborted')).message).toBe(reason);
    expect(await waiting).toMatchObject(
      Array(2).fill({ status: 'rejected', reason: { code: 'CLUSTER_HOST_FAILED', message: reason } }),
    );
  });

  test('the leader that fails stops the others with its name and cause', async () => {
    const { hosts } = await startThree();

    await hosts[0].order({ do: 'fail', cause: 'bad data' });

    for (const host of hosts.slice(1)) {
      expect((await host.next('aborted')).message).toBe(`host ${first} failed: bad data`);
    }
  });

  test('a host that is killed without a word stops the others with its name', async () => {
    const { hosts } = await startThree();

    hosts[2].process.kill('SIGKILL');

    for (const host of hosts.slice(0, 2)) {
      expect((await host.next('aborted')).message).toMatch(`host ${third} disappeared`);
    }
  });

  test('the leader that is killed without a word stops the others with its name', async () => {
    const { hosts } = await startThree();

    hosts[0].process.kill('SIGKILL');

    for (const host of hosts.slice(1)) {
      expect((await host.next('aborted')).message).toMatch(`host ${first} disappeared`);
    }
  });

  test('the first failure stays the reason when others fail because of it', async () => {
    const { hosts } = await startThree();

    await hosts[1].order({ do: 'fail', cause: 'the root of it' });
    await hosts[0].next('aborted');
    await hosts[0].order({ do: 'fail', cause: 'stopped' });

    expect((await hosts[2].next('aborted')).message).toBe(`host ${second} failed: the root of it`);
  });

  test('a host that starts after another has failed learns of it', async () => {
    const { start } = await prepare({ deliveryTimeoutMs: 30_000 });
    const early = start(second);
    await early.next('opened');
    const failing = early.order({ do: 'fail', cause: 'bad hyperparameter' });
    const leader = start(first);
    await failing;
    await leader.next('aborted');

    const late = start(third);

    expect((await late.next('aborted')).message).toBe(`host ${second} failed: bad hyperparameter`);
  });

  test('a host that ends well early is not a failure, and barriers without it fail with its name', async () => {
    const { hosts } = await startThree();
    const [leader, member, early] = hosts;
    const waiting = expect(member.order({ do: 'barrier', name: 'last' })).rejects.toMatchObject({
      code: 'CLUSTER_HOST_ENDED',
      message: expect.stringMatching(`barrier "last": ${third} ended`),
    });

    await early.order({ do: 'leave' });
    await waiting;
    const leaving = leader.order({ do: 'leave' });
    await member.order({ do: 'fail', cause: 'after the leader ended' });
    await leaving;

    expect((await leader.next('aborted')).message).toBe(`host ${second} failed: after the leader ended`);
    expect(await early.ended).toEqual({ exitCode: 0 });
  });

  test('a host that never comes is named when the time is up', async () => {
    const { start } = await prepare();
    const hosts = [start(first), start(second)];

    const results = await Promise.allSettled(
      hosts.map((host) => host.order({ do: 'wait', timeoutMs: 1_500 })),
    );

    for (const result of results) {
      expect(result).toMatchObject({
        reason: {
          code: 'CLUSTER_UNREACHABLE',
          message: expect.stringMatching(`cannot reach 1 of 3 hosts within 1.5 s: ${third}: it never joined`),
        },
      });
    }
  });

  test('a leader that never comes is named with what TCP said', async () => {
    const { start, port } = await prepare();
    const host = start(second);

    const waiting = host.order({ do: 'barrier', name: 'start', timeoutMs: 1_000 });

    await expect(waiting).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: `cannot reach 1 of 3 hosts within 1 s: ${first}: it does not accept connections on port ${port} (TCP: ECONNREFUSED)`,
    });
  });

  test('a host whose name does not resolve is named with what DNS said', async () => {
    const { start } = await prepare({ hosts: [first, second, 'nobody.invalid'] });
    const host = start(first);

    const waiting = host.order({ do: 'wait', timeoutMs: 500 });

    await expect(waiting).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringMatching(/nobody\.invalid: its name does not resolve \(DNS: E[A-Z_]+\)/),
    });
  });

  test('a barrier that takes too long names who is missing', async () => {
    const { hosts } = await startThree();

    const results = await Promise.allSettled(
      hosts.slice(0, 2).map((host) => host.order({ do: 'barrier', name: 'epoch', timeoutMs: 300 })),
    );

    for (const result of results) {
      expect(result).toMatchObject({
        reason: {
          code: 'CLUSTER_TIMEOUT',
          message: expect.stringMatching(`barrier "epoch" .* by ${third}: allow`),
        },
      });
    }
  });

  test('an error of the work on the leader reaches every host', async () => {
    const { hosts } = await startThree();

    const results = await Promise.allSettled(
      hosts.map((host) => host.order({ do: 'lead', error: 'disk full' })),
    );

    expect(results).toMatchObject([
      { reason: { message: 'disk full' } },
      ...Array(2).fill({
        reason: {
          code: 'CLUSTER_LEADER_FAILED',
          message: 'onLeader failed on the leader: disk full',
        },
      }),
    ]);
  });

  test('a stop ends the wait of this host', async () => {
    const { hosts } = await startThree();
    const waiting = hosts[1].order({ do: 'barrier', name: 'never' });

    await hosts[1].order({ do: 'stop' });

    await expect(waiting).rejects.toThrow('the job was asked to stop');
  });

  test('a leader that is stopped does not stay for the others, and they do not take it for lost', async () => {
    const { hosts } = await startThree();
    const waiting = expect(hosts[1].order({ do: 'barrier', name: 'never' })).rejects.toMatchObject({
      code: 'CLUSTER_HOST_ENDED',
      message: expect.stringMatching(`${first} ended`),
    });

    await hosts[0].order({ do: 'stop' });
    await hosts[0].order({ do: 'leave' });
    await waiting;
    await expect(hosts[2].order({ do: 'barrier', name: 'too late' })).rejects.toMatchObject({
      code: 'CLUSTER_HOST_ENDED',
    });
    await orderAll(hosts.slice(1), { do: 'leave' });

    expect(await Promise.all(hosts.map((host) => host.ended))).toEqual(Array(3).fill({ exitCode: 0 }));
    for (const host of hosts) await expect(host.next('aborted')).rejects.toThrow('ended first');
  });

  test('a job whose other hosts never come ends well, with a warning that names them', async () => {
    const { start } = await prepare();
    const hosts = [start(first), start(second, { port: 9 })];
    await Promise.all(hosts.map((host) => host.next('opened')));

    await orderAll(hosts, { do: 'leave' });

    const warnings = await Promise.all(hosts.map((host) => host.next('warned')));
    expect(warnings[0]?.message).toBe(`hosts that never joined: ${second}, ${third}`);
    expect(warnings[1]?.message).toMatch(`never joined the leader ${first}`);
    expect(await Promise.all(hosts.map((host) => host.ended))).toEqual(Array(2).fill({ exitCode: 0 }));
  });

  test('a host whose loop was blocked does not take its own silence for that of others', async () => {
    const { hosts } = await startThree({ heartbeatMs: 50 }, { silenceMs: 500 });

    await hosts[0].order({ do: 'block', forMs: 1_500 });

    await orderAll(hosts, { do: 'barrier', name: 'after' });
  });

  test('a host that is frozen counts as gone after the silence limit', async () => {
    const { hosts } = await startThree({ heartbeatMs: 50, silenceMs: 1_000 });

    hosts[1].process.kill('SIGSTOP');

    expect((await hosts[2].next('aborted')).message).toMatch(`host ${second} disappeared`);
  });

  test('a host of another job is refused and the others go on', async () => {
    const { start } = await prepare();
    const hosts = [start(first), start(second)];
    const stray = start(third, { jobName: 'other' });

    await expect(stray.order({ do: 'wait', timeoutMs: 1_000 })).rejects.toMatchObject({
      message: expect.stringMatching(/refuses this host: it belongs to job "other", not "story"/),
    });
    hosts.push(start(third));

    await orderAll(hosts, { do: 'barrier', name: 'all', timeoutMs: 30_000 });
  });
}
