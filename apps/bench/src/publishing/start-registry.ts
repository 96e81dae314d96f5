/** Debian's docker-registry on a free port of the loopback interface. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A registry that runs. */
export interface LocalRegistry {
  /** With its port. */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts it with an empty store. Needs the package `docker-registry`. */
export async function startRegistry(): Promise<LocalRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-bench-registry-'));
  const host = `127.0.0.1:${await findFreePort()}`;
  const config = join(folder, 'config.yml');
  const lines = [
    'version: 0.1',
    'log: {level: error, accesslog: {disabled: true}}',
    `storage: {filesystem: {rootdirectory: ${folder}/store}}`,
    `http: {addr: "${host}"}`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await waitForAnswer(`http://${host}/v2/`, () => child.exitCode === null);
  return {
    host,
    async close() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function waitForAnswer(url: string, runs: () => boolean): Promise<void> {
  while ((await fetch(url).catch(() => undefined))?.ok !== true) {
    if (!runs()) throw new Error('docker-registry ended before it was ready: is its port taken?');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
