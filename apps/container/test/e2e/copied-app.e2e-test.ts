/** A copy of the reference container, made as its README says, is built by its own Dockerfile and trains. */

import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildImage } from './build-image.ts';
import { runContainer, surroundings } from './containers.ts';
import { copyWorkspace } from './copy-workspace.ts';
import { docker, runCommand } from './docker.ts';
import { makeJobTree } from './job-tree.ts';

/** Gives the workspace, in which the lock file knows the copy. */
async function copyApplication(application: string): Promise<string> {
  const context = await copyWorkspace();
  onTestFinished(() => rm(context, { recursive: true }));
  const isCopied = (path: string) => !/\/apps\/container\/(test|data)(\/|$)/.test(path);
  await cp(join(context, 'apps/container'), join(context, application), {
    recursive: true,
    filter: isCopied,
  });
  const file = join(context, application, 'package.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"@optml/container"', '"wine"').replace('optml-iris', 'wine'));
  const { packageManager } = JSON.parse(await readFile(join(context, 'package.json'), 'utf8'));
  const install = ['install', '--lockfile-only', '--prefer-offline'];
  const { exitCode, stdout, stderr } = await runCommand('npx', [
    ...['--yes', packageManager, '--dir', context],
    ...install,
  ]);
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
  return context;
}

/** Builds the image; it and its layers go when the test ends. */
async function build(context: string, application: string): Promise<string> {
  const tag = `optml-e2e-wine:copy-${surroundings.label.slice(-8)}`;
  const known = new Set((await docker('image', 'ls', '--all', '--quiet')).split('\n'));
  const layers: string[] = [];
  onTestFinished(async () => void (await runCommand('docker', ['image', 'rm', '--no-prune', ...layers])));
  const stop = new AbortController();
  await buildImage({
    context,
    application,
    baseImage: surroundings.baseImage,
    tag,
    label: surroundings.label,
    revision: 'a-copy',
    signal: stop.signal,
    onLayer: (id) => known.has(id) || layers.unshift(id),
  });
  onTestFinished(async () => void (await docker('image', 'rm', '--no-prune', tag)));
  return tag;
}

test('a copy of the folder is built with --build-arg APP, and trains', async () => {
  const image = await build(await copyApplication('apps/wine'), 'apps/wine');
  const tree = await makeJobTree();

  const trained = await runContainer(['--network', 'none', ...tree.mounts], ['train'], image);
  const description = await runContainer(['--entrypoint', 'cat'], ['/app/package.json'], image);

  expect(trained.exitCode, trained.output).toBe(0);
  expect(await tree.read('model/model.json')).toContain('optml-decision-tree');
  expect(JSON.parse(description.output)).toMatchObject({ name: 'wine' });
});
