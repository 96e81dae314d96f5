/** Gives authors the other hosts: the facts of the cluster, and the link behind a few calls. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '@optml/contract/paths';
import { TrainError } from '../errors.ts';
import type { BarrierOptions, Cluster, ClusterFacts } from './cluster.ts';
import { decodeValue, encodeValue, type LeaderResult, readLeaderResult } from './link/barrier-values.ts';
import type { ClusterLink, HostProblem } from './link/cluster-link.ts';
import { waitForNames, waitForPort } from './wait-for-hosts.ts';

export interface ClusterOptions {
  readonly link: ClusterLink;
  readonly paths: Pick<Paths, 'model' | 'outputData'>;
  /** Aborting it ends every wait with its reason. */
  readonly signal: AbortSignal;
}

/** How long hosts may take to join: their images and data differ in size. */
const joinTimeoutMs = 15 * 60_000;
const longestNameCharacters = 200;

/** Creates the cluster for `run` and makes this host's folders. */
export async function createCluster(facts: ClusterFacts, options: ClusterOptions): Promise<Cluster> {
  const { link, paths, signal } = options;
  const own = facts.hosts.length === 1 ? '' : makeDirectoryName(facts.currentHost);
  const directories = {
    outputDirectory: join(paths.outputData, own),
    modelDirectory: join(paths.model, own),
  };
  for (const directory of Object.values(directories)) await mkdir(directory, { recursive: true });
  const arrive = (name: string, options: ArrivalOptions) =>
    joinThenArrive(name, options, { facts, link, signal });
  return {
    ...facts,
    ...directories,
    waitForPeers: ({ timeoutMs = joinTimeoutMs, port } = {}) =>
      waitForPeers({ facts, link, signal }, timeoutMs, port),
    barrier: async (name, options = {}) => {
      await arrive(`barrier ${quote(name)}`, options);
    },
    broadcast: async (name, shared, options = {}) => {
      const value = facts.isLeader ? encodeValue(shared, `broadcast ${quote(name)}`) : undefined;
      return decodeValue(await arrive(`broadcast ${quote(name)}`, { ...options, value })) as typeof shared;
    },
    onLeader: async <Result>(
      work: () => Result | Promise<Result>,
      { name, ...options }: BarrierOptions & { readonly name?: string | undefined } = {},
    ) => {
      const title = name === undefined ? 'onLeader' : `onLeader ${quote(name)}`;
      if (!facts.isLeader) return readLeaderResult(await arrive(title, options)) as Result;
      const value = await runOnLeader(work, title, (failed) => {
        // The others get the error as they come; the leader does not wait for them.
        arrive(title, { ...options, value: failed }).catch(() => {});
      });
      return readLeaderResult(await arrive(title, { ...options, value })) as Result;
    },
  };
}

interface ArrivalOptions extends BarrierOptions {
  /** The leader's, for all. */
  readonly value?: string | undefined;
}

interface Surroundings {
  readonly facts: ClusterFacts;
  readonly link: ClusterLink;
  readonly signal: AbortSignal;
}

async function waitForPeers(surroundings: Surroundings, timeoutMs: number, port?: number): Promise<void> {
  const { facts, link, signal } = surroundings;
  signal.throwIfAborted();
  if (facts.hosts.length === 1) return;
  const others = facts.hosts.filter((host) => host !== facts.currentHost);
  const options = { timeoutMs, signal: AbortSignal.any([signal, link.failure]) };
  const [names, joined, ports] = await Promise.all([
    waitForNames(others, options),
    unlessAborted(link.waitForHosts({ timeoutMs }), signal),
    port === undefined ? [] : waitForPort(others, port, options),
  ]);
  assertReached([...names, ...joined, ...ports], facts, timeoutMs);
}

async function joinThenArrive(
  name: string,
  { value, timeoutMs }: ArrivalOptions,
  surroundings: Surroundings,
) {
  const { facts, link, signal } = surroundings;
  signal.throwIfAborted();
  const startedAt = performance.now();
  const joinMs = timeoutMs ?? joinTimeoutMs;
  assertReached(await unlessAborted(link.waitForHosts({ timeoutMs: joinMs }), signal), facts, joinMs);
  const left = timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (performance.now() - startedAt));
  const leftMs = left === undefined ? undefined : Math.round(left);
  return await unlessAborted(link.barrier(name, { value, timeoutMs: leftMs }), signal);
}

/** The first problem of a host is the one that explains the others: no name, no connection. */
function assertReached(problems: readonly HostProblem[], { hosts }: ClusterFacts, timeoutMs: number): void {
  if (problems.length === 0) return;
  const byHost = new Map(problems.toReversed().map(({ host, problem }) => [host, problem]));
  const list = hosts.flatMap((host) => (byHost.has(host) ? [`${host}: ${byHost.get(host)}`] : []));
  const message = `cannot reach ${byHost.size} of ${hosts.length} hosts within ${timeoutMs / 1000} s: ${list.join('; ')}`;
  throw new TrainError('CLUSTER_UNREACHABLE', message);
}

/** Returns what the leader shares; an error of the work is shared, too, and thrown. */
async function runOnLeader(
  work: () => unknown,
  title: string,
  shareFailure: (failure: string) => void,
): Promise<string> {
  try {
    return encodeValue({ value: await work() } satisfies LeaderResult, title) ?? '{}';
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    shareFailure(JSON.stringify({ error: message } satisfies LeaderResult));
    throw error;
  }
}

/** The promise, or the signal's reason if that comes first. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Quotes a name that an author chose; a longer one would say no more. */
function quote(name: string): string {
  return JSON.stringify(name.slice(0, longestNameCharacters));
}

/** A host's name as the name of a folder, which cannot leave the one it is in. */
function makeDirectoryName(host: string): string {
  return host.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+$/, '_');
}
