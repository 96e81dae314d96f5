/** `optml build` makes the engine's image without the engine: the same files, the same config, and it runs. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runContainer, surroundings } from './containers.ts';
import { docker, runCommand } from './docker.ts';
import { makeJobTree } from './job-tree.ts';

const optml = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));
const project = fileURLToPath(new URL('../..', import.meta.url));
const tag = `without-engine-${surroundings.label.slice(-8)}`;
const image = `optml-iris:${tag}`;

let folder: string;

interface Config {
  readonly Labels: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

async function inspect(name: string): Promise<{ readonly Config: Config; readonly Architecture: string }> {
  return JSON.parse(await docker('image', 'inspect', name))[0];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-e2e-'));
  await docker('save', '--output', join(folder, 'base.tar'), surroundings.baseImage);
  const { Config, Architecture } = await inspect(surroundings.image);
  // What the engine is told as build arguments.
  const told = ['org.opencontainers.image.base.name', 'org.opencontainers.image.revision'];
  const labels = told.map((name) => `--label=${name}=${Config.Labels[name]}`);
  const places = ['--base', `docker:${folder}/base.tar`, '--output', `docker:${folder}/image.tar`];
  const words = ['build', ...places, '--platform', `linux/${Architecture}`, '--tag', tag, ...labels];
  const { exitCode, stderr } = await runCommand('env', [
    '--chdir',
    project,
    process.execPath,
    optml,
    ...words,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  await docker('load', '--input', join(folder, 'image.tar'));
});

afterAll(async () => {
  await docker('image', 'rm', image);
  await rm(folder, { recursive: true, force: true });
});

/** Every path with its type, mode, owner, link and content; what the engine puts into each container is not counted. */
async function listFiles(name: string): Promise<readonly string[]> {
  const pruned = ['/proc', '/sys', '/dev', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/.dockerenv'];
  // V8's cache is never the same twice: an image that is to have one digest has none.
  const paths = [...pruned, '/app/compile-cache'].map((path) => `-path ${path}`).join(' -o ');
  const find = `find / -xdev \\( ${paths} \\) -prune -o`;
  const script = `${find} -printf '%p %y %m %U:%G %l\\n'; ${find} -type f -exec sha256sum {} +`;
  const options = ['--network', 'none', '--entrypoint', '/bin/sh'];
  const { exitCode, output } = await runContainer(options, ['-c', script], name);
  expect(exitCode).toBe(0);
  return output.trim().split('\n').sort();
}

test('the image has the files of the one that the engine built, and no others', async () => {
  const [own, engine] = await Promise.all([image, surroundings.image].map(listFiles));

  expect(own?.length).toBeGreaterThan(100);
  expect(own?.filter((line) => !engine?.includes(line))).toEqual([]);
  expect(engine?.filter((line) => !own?.includes(line))).toEqual([]);
});

test('the image has the config of the one that the engine built', async () => {
  const [own, engine] = await Promise.all([image, surroundings.image].map(inspect));

  const [mark] = surroundings.label.split('=');
  const { [mark as string]: _, ...labels } = engine?.Config.Labels ?? {};
  for (const field of ['Env', 'Entrypoint', 'Cmd', 'User', 'WorkingDir', 'ExposedPorts', 'Volumes']) {
    expect([field, own?.Config[field] || null]).toEqual([field, engine?.Config[field] || null]);
  }
  expect(own?.Config.Labels).toEqual(labels);
});

test('the image trains a model', async () => {
  const { mounts } = await makeJobTree();

  const { exitCode, output } = await runContainer(['--network', 'none', ...mounts], ['train'], image);

  expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining('accuracy') });
});
