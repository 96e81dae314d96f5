/** A registry on this machine: it keeps what is published to it, and hands on what it lacks. */

import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, startProgram } from '../templates/run-program.ts';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const verdaccio = join(workspace, '.optml/release/node_modules/verdaccio/bin/verdaccio');

/** A registry that answers. */
export interface LocalRegistry {
  readonly url: string;
  /** npm's and pnpm's configuration that names it. */
  readonly config: string;
  end(): Promise<void>;
}

/** Starts one that keeps everything below `folder`. */
export async function startLocalRegistry(folder: string): Promise<LocalRegistry> {
  await mkdir(folder, { recursive: true });
  const uplink = (await runProgram(folder, ['npm', 'config', 'get', 'registry'])).out.trim();
  const settings = {
    storage: join(folder, 'storage'),
    uplinks: { uplink: { url: uplink } },
    packages: {
      '@optml/*': { access: '$all', publish: '$all' },
      optml: { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'uplink' },
    },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  };
  // JSON is YAML, too.
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(settings));
  const address = `127.0.0.1:${await findFreePort()}`;
  const words = [process.execPath, verdaccio, '--config', 'config.yaml', '--listen', address];
  const server = startProgram(folder, words);
  await server.waitFor(/http address/);
  const url = `http://${address}/`;
  const config = join(folder, 'npmrc');
  // It takes any token, and npm and pnpm publish nothing without one.
  await writeFile(config, `registry=${url}\n${url.slice('http:'.length)}:_authToken=any\n`);
  return {
    url,
    config,
    async end() {
      server.child.kill('SIGTERM');
      await server.outcome;
    },
  };
}

/** The registry says only which port it was asked for, so that it can't choose one. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
