/** Starts a server as a process group of its own, and waits until it is ready. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';

export interface BenchServer {
  readonly url: string;
  /** From the start of the process to the first 200 of `/ping`. */
  readonly startMs: number;
  /** What all processes of the server have in memory, each shared page divided among those that share it. */
  readResidentMegabytes(): Promise<number>;
  /** The CPU time of all processes of the server so far: other work on the machine does not add to it. */
  readCpuMs(): Promise<number>;
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const lookMs = 5;

/** Starts `command` with the port as its last word, and resolves at the first 200 of `/ping`. */
export async function startServer(
  [file, ...words]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const port = await findPort();
  const startedMs = performance.now();
  const child = spawn(file, [...words, String(port)], {
    detached: true,
    env: { PATH: process.env.PATH, SAGEMAKER_BIND_TO_PORT: String(port), ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(url, child).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });
  return {
    url,
    startMs: performance.now() - startedMs,
    readResidentMegabytes: () => sumMemory(child.pid ?? 0),
    readCpuMs: () => sumCpu(child.pid ?? 0),
    stop: () => stop(child),
  };
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + startTimeoutMs;
  for (;;) {
    if (performance.now() > endMs) throw new Error(`the server was not ready after ${startTimeoutMs} ms`);
    if (child.exitCode !== null) throw new Error(`the server ended with exit code ${child.exitCode}`);
    const status = await fetch(`${url}/ping`).then(
      ({ status }) => status,
      () => 0,
    );
    if (status === 200) return;
    // Asked without a pause, it would take a CPU from the server that starts.
    await wait(lookMs);
  }
}

/** By proportional set size. */
async function sumMemory(root: number): Promise<number> {
  let kibibytes = 0;
  for (const pid of await listFamily(root)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    kibibytes += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
  }
  return (kibibytes * 1024) / 1e6;
}

/** Of one clock tick, on every Linux that Node runs on. */
const tickMs = 10;

async function sumCpu(root: number): Promise<number> {
  let ticks = 0;
  for (const pid of await listFamily(root)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // After the name, which may hold anything: state, parent, ..., user and system time as 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks * tickMs;
}

/** The process and all its descendants. */
async function listFamily(root: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const belongs = (pid: number): boolean => pid === root || belongsBelow(parents.get(pid));
  const belongsBelow = (pid: number | undefined) => pid !== undefined && pid > 1 && belongs(pid);
  return [...parents.keys()].filter(belongs);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  process.kill(-child.pid, 'SIGKILL');
  await once(child, 'exit');
}
