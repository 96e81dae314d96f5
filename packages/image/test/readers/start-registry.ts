/** Debian's docker-registry on a free port of loopback, for the length of a test. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { makeFolder } from '../make-folder.ts';

/** Resolves with its host when it listens. */
export async function startRegistry(): Promise<string> {
  const host = `127.0.0.1:${await findPort()}`;
  const folder = await makeFolder({
    'config.yml': `version: 0.1\nstorage: {filesystem: {rootdirectory: ROOT}, delete: {enabled: true}}\nhttp: {addr: "${host}"}\n`,
  });
  const { readFile, writeFile } = await import('node:fs/promises');
  const file = `${folder}/config.yml`;
  await writeFile(file, (await readFile(file, 'utf8')).replace('ROOT', `${folder}/data`));
  const child = spawn('docker-registry', ['serve', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    if (line.includes('listening on')) {
      child.stderr.resume();
      return host;
    }
  }
  throw new Error('docker-registry ended before it listened');
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
