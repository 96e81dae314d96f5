import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEngine } from './find-engine.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-engine-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function install(...names: readonly string[]) {
  for (const name of names) {
    await writeFile(join(folder, name), '#!/bin/sh\n');
    await chmod(join(folder, name), 0o755);
  }
}

/** How docker answers when nothing answers it. */
const unreachable =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';

const find = (stderr: string, { isRoot = true, host }: { isRoot?: boolean; host?: string } = {}) =>
  findEngine({
    environment: { PATH: folder, DOCKER_HOST: host },
    isRoot,
    askVersion: async () => ({ exitCode: stderr === '' ? 0 : 1, stdout: '', stderr }),
  });

test('an engine that answers is used', async () => {
  expect(await find('', { isRoot: false })).toBe('running');
});

test('root starts an engine that is installed, and installs one where there is apt-get', async () => {
  await install('apt-get');
  expect(await find(unreachable)).toBe('installable');

  await install('dockerd');
  expect(await find(unreachable)).toBe('startable');
});

test('a machine without docker and apt-get is told what to install', async () => {
  await expect(find('spawn docker ENOENT')).rejects.toMatchObject({
    code: 'ENGINE_MISSING',
    message: expect.stringContaining('apt-get install docker.io'),
  });
});

test('who is not root is told who can start an engine', async () => {
  await install('dockerd', 'apt-get');

  await expect(find(unreachable, { isRoot: false })).rejects.toMatchObject({
    code: 'ENGINE_MISSING',
    message: expect.stringContaining('only root can start one'),
  });
});

test('an engine that refuses the user says how to be let in', async () => {
  const stderr = 'permission denied while trying to connect to the Docker daemon socket';

  await expect(find(stderr, { isRoot: false })).rejects.toMatchObject({
    code: 'ENGINE_FORBIDDEN',
    message: expect.stringContaining('usermod -aG docker'),
  });
});

test('a config file of docker that cannot be read is not taken for a refusal', async () => {
  const warning =
    'WARNING: Error loading config file: open /home/node/.docker/config.json: permission denied';

  await expect(find(`${warning}\n${unreachable}`, { isRoot: false })).rejects.toMatchObject({
    code: 'ENGINE_MISSING',
  });
});

test('an engine that was asked for by name and does not answer is not replaced by another', async () => {
  await install('dockerd');

  await expect(find(unreachable, { host: 'unix:///nowhere.sock' })).rejects.toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    message: expect.stringContaining('DOCKER_HOST="unix:///nowhere.sock"'),
  });
});
