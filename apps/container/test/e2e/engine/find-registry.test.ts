import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRegistry } from './find-registry.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-registry-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function install(name: string) {
  await writeFile(join(folder, name), '#!/bin/sh\n');
  await chmod(join(folder, name), 0o755);
}

test('a registry that is installed is used, whoever runs the tests', async () => {
  await install('docker-registry');

  expect(await findRegistry({ path: folder, isRoot: false })).toBe('installed');
});

test('root installs a registry where there is apt-get', async () => {
  await install('apt-get');

  expect(await findRegistry({ path: folder, isRoot: true })).toBe('installable');
});

test.each([
  ['who is not root', ['apt-get'], false],
  ['a machine without apt-get', [], true],
])('%s is told which registry to install', async (_, programs, isRoot) => {
  for (const name of programs) await install(name);

  await expect(findRegistry({ path: folder, isRoot })).rejects.toMatchObject({
    code: 'REGISTRY_MISSING',
    message: expect.stringContaining('apt-get install docker-registry'),
  });
});
