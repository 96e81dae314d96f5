/** Runs a program on every host with `mpirun`: the leader starts it, the others let the leader in and wait. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Cluster, ClusterFacts } from '../cluster/cluster.ts';
import { findInterfaceAddress } from '../cluster/link/interface-address.ts';
import { waitForPort } from '../cluster/wait-for-hosts.ts';
import { TrainError } from '../errors.ts';
import { createMpiCommand, type MpiProcesses } from './mpi-command.ts';
import { createSshClient, createSshServer, type SecretFile, type SshClient } from './ssh-files.ts';

/** Starts a process and waits for its end: it is asked to stop when the signal aborts; never rejects for an exit code. */
export type RunProcess = (
  argv: readonly [string, ...string[]],
  options: { readonly signal: AbortSignal },
) => Promise<{ readonly exitCode: number | null }>;

/** What the leader's `mpirun` starts, and where. */
export interface MpiLaunch extends MpiProcesses {
  readonly facts: ClusterFacts;
}

export interface MpiOptions extends MpiProcesses {
  readonly program: readonly [string, ...string[]];
  /** An empty folder of this job's, mode 0700, whose path has no spaces; the owner removes it. */
  readonly directory: string;
  /** This host's variables, for the program's processes on it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** The same hosts, for the last word: a program that is asked to stop may take its time to save. */
  readonly farewell: Pick<Cluster, 'broadcast'>;
  readonly runProcess: RunProcess;
}

/** The TCP port of the ssh servers, the same on all hosts. */
const port = 7_779;
const listenTimeoutMs = 30_000;

/**
 * Runs the program; every host must call it. Resolves on all hosts with the exit code of `mpirun`, null when a
 * signal ended it. Needs `mpirun`, `ssh`, `ssh-keygen` and `/usr/sbin/sshd` in the image (Debian's
 * `openmpi-bin`, `openssh-client`, `openssh-server`), and as root an account that is not locked.
 *
 * @throws TrainError `CLUSTER_LISTEN_FAILED` when the ssh server does not start, `CLUSTER_LEADER_FAILED` when
 * the leader has no key, and as `Cluster`'s `barrier`.
 */
export function runMpi(cluster: Cluster, options: MpiOptions): Promise<number | null> {
  if (/\s/.test(options.directory)) {
    throw new RangeError(
      `mpirun cannot use the folder ${JSON.stringify(options.directory)}: its path contains a space`,
    );
  }
  return cluster.isLeader ? lead(cluster, options) : follow(cluster, options);
}

async function lead(cluster: Cluster, options: MpiOptions): Promise<number | null> {
  const { directory, signal, farewell, runProcess } = options;
  const client = createSshClient({ directory, port });
  if (cluster.hosts.length > 1)
    await cluster.onLeader(() => makePublicKey(client, options), { name: 'mpi key' });
  const hostFilePath = join(directory, 'hosts');
  const command = createMpiCommand(cluster, { ...options, hostFilePath, sshConfigPath: client.configPath });
  await writeFiles([...client.files, { path: hostFilePath, text: command.hostFile }]);
  await cluster.barrier('mpi listening');
  const { exitCode } = await runProcess(command.argv, { signal });
  return farewell.broadcast('mpi end', exitCode);
}

async function follow(cluster: Cluster, options: MpiOptions): Promise<number | null> {
  const { directory, environment, signal, farewell } = options;
  const publicKey = await cluster.onLeader(() => '', { name: 'mpi key' });
  const address = findInterfaceAddress(cluster.networkInterface, networkInterfaces());
  const server = createSshServer({ directory, port, address, publicKey, environment });
  await writeFiles(server.files);
  await makeKey(server.keygen, options);
  // As root sshd insists on this folder, which Debian makes at boot only.
  await mkdir('/run/sshd', { recursive: true }).catch(() => {});
  const over = new AbortController();
  // A stop is for the program, which needs the server until it has ended.
  const serving = options.runProcess(server.argv, { signal: over.signal });
  try {
    const listening = await Promise.race([
      waitForPort([cluster.currentHost], port, { timeoutMs: listenTimeoutMs, signal }),
      serving,
    ]);
    if (!Array.isArray(listening) || listening.length > 0) throw explainServer(port);
    await cluster.barrier('mpi listening');
    return await farewell.broadcast<number | null>('mpi end', null);
  } finally {
    over.abort();
    await serving;
  }
}

async function makePublicKey(client: SshClient, options: MpiOptions): Promise<string> {
  await makeKey(client.keygen, options);
  return readFile(client.publicKeyPath, 'utf8');
}

async function makeKey(keygen: readonly [string, ...string[]], { signal, runProcess }: MpiOptions) {
  const { exitCode } = await runProcess(keygen, { signal });
  if (exitCode === 0) return;
  const message = `cannot create an ssh key: ssh-keygen ended with ${exitCode}: the image needs openssh-client`;
  throw new TrainError('CLUSTER_LISTEN_FAILED', message);
}

async function writeFiles(files: readonly SecretFile[]): Promise<void> {
  for (const { path, text } of files) await writeFile(path, text, { mode: 0o600 });
}

function explainServer(port: number): Error {
  const message = `the ssh server through which mpirun starts processes on this host did not start on port ${port}: see its log lines above; the image needs openssh-server`;
  return new TrainError('CLUSTER_LISTEN_FAILED', message);
}
