/** A container engine of our own: no network of containers, and nothing shared with another engine of the machine. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** An engine that runs. */
export interface Engine {
  /** Runs `docker` with these words. */
  docker(...words: string[]): Promise<string>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Starts it. Needs root, and the package `docker.io`. */
export async function startEngine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-bench-engine-'));
  const socket = `unix://${folder}/engine.sock`;
  const words = [
    '--data-root',
    `${folder}/data`,
    '--exec-root',
    `${folder}/exec`,
    '--pidfile',
    `${folder}/pid`,
  ];
  const child = spawn('dockerd', [...words, '-H', socket, '--bridge=none', '--iptables=false'], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const docker = async (...command: string[]) => {
    const environment = { PATH: process.env.PATH, DOCKER_HOST: socket, HOME: folder };
    return (await run('docker', command, { env: environment, maxBuffer: 64 * 1024 * 1024 })).stdout;
  };
  for (;;) {
    if (
      await docker('version').then(
        () => true,
        () => false,
      )
    )
      break;
    if (child.exitCode !== null) throw new Error('dockerd ended before it was ready: run it as root');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    docker,
    async close() {
      child.kill();
      await ended;
      // What a build on the host's network leaves mounted.
      const namespaces = await readdir(`${folder}/exec/netns`).catch(() => []);
      for (const name of namespaces) await run('umount', [`${folder}/exec/netns/${name}`]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
