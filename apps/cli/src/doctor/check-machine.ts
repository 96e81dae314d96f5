/** Checks of this machine: Node, the container engine, disks, proxies. */

import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';
import type { Environment } from '@optml/contract/environment';
import { createConnections, describeProxy, readProxySettings } from '@optml/image/proxy';
import { formatSize } from '../terminal/format-size.ts';
import { type Check, ok } from './check.ts';

/** What runs `optml`; `process` of Node has it all. */
export interface Runtime {
  readonly version: string;
  readonly execPath: string;
  readonly platform: string;
  readonly arch: string;
}

/** Node itself: a version that is too old is refused before any command. */
export function checkNode({ version, execPath }: Runtime): Check {
  return ok('node', `${version}, ${execPath}`);
}

/** The system: images are built for Linux whatever it is. */
export function checkPlatform({ platform, arch }: Runtime): Check {
  return ok(
    'platform',
    `${platform}/${arch === 'x64' ? 'amd64' : arch}; images are for linux/amd64 unless told otherwise`,
  );
}

/** The container engine, which is only needed to run an image or to read one from it. */
export async function checkEngine({ DOCKER_HOST: host }: Environment): Promise<Check> {
  if (host !== undefined && host !== '' && !host.startsWith('unix://')) {
    return { name: 'engine', status: 'skipped', message: `DOCKER_HOST is ${host}: only sockets are asked` };
  }
  const socketPath =
    host === undefined || host === '' ? '/var/run/docker.sock' : host.slice('unix://'.length);
  try {
    const version = await askEngine(socketPath);
    return ok('engine', `answers at ${socketPath}, API ${version}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      return ok('engine', `none at ${socketPath}; optml builds and publishes without one`);
    const why = code === 'EACCES' ? 'you may not use its socket' : message;
    const fix = 'start it, or add yourself to its group; only "docker run", and --image daemon:NAME, need it';
    return { name: 'engine', status: 'warning', message: `${socketPath} does not answer: ${why}`, fix };
  }
}

function askEngine(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/_ping', agent: false, signal: AbortSignal.timeout(3_000) })
      .once('error', reject)
      .once('response', (response) => {
        response.resume();
        resolve(String(response.headers['api-version'] ?? 'unknown'));
      })
      .end();
  });
}

/** Below this, building an image is likely to fail. */
const scarceBytes = 200e6;
const littleBytes = 2e9;

/** The free space of the disks that hold `folders`. */
export async function checkDisk(folders: readonly string[]): Promise<Check> {
  const free: { readonly folder: string; readonly bytes: number }[] = [];
  for (const folder of folders) {
    try {
      const { bavail, bsize } = await statfs(folder);
      free.push({ folder, bytes: bavail * bsize });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === 'ENOENT' ? 'it does not exist' : message;
      const fix = 'create it, or set TMPDIR to a folder that exists';
      return { name: 'disk', status: 'error', message: `cannot use ${folder}: ${why}`, fix };
    }
  }
  const message = free.map(({ folder, bytes }) => `${formatSize(bytes)} free at ${folder}`).join(', ');
  const least = Math.min(...free.map(({ bytes }) => bytes));
  if (least >= littleBytes) return ok('disk', message);
  const fix =
    'free some space: layers of a base image, and their compressed forms, need a few times its size';
  return { name: 'disk', status: least < scarceBytes ? 'error' : 'warning', message, fix };
}

/** The proxies that the environment names. */
export function checkProxy(environment: Environment): Check {
  const proxy = readProxySettings(environment);
  try {
    const { http, https } = createConnections(proxy);
    for (const agent of [http, https]) agent.destroy();
    return ok('proxy', describeProxy(proxy) ?? 'none');
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    if (code !== 'PROXY_INVALID') throw error;
    return {
      name: 'proxy',
      status: 'error',
      message,
      fix: 'change or unset the variable that the text names',
    };
  }
}

/** Tells whether a program is on PATH. */
export async function isOnPath(program: string, { PATH = '' }: Environment): Promise<boolean> {
  const found = PATH.split(delimiter).map((folder) =>
    access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).includes(true);
}
