/** What `optml publish` puts into a registry comes back by its digest, and trains and serves: whoever built the image. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { runContainer, surroundings } from './containers.ts';
import { docker, runCommand } from './docker.ts';
import { makeJobTree } from './job-tree.ts';
import { type Registry, startRegistry } from './registry.ts';
import { invoke, startServer } from './servers.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const optml = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));

let folder: string;
let registry: Registry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-e2e-'));
  registry = await startRegistry();
});

afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

/** The repository's name is after the run, by which `main.ts` finds what is left of it. */
const nameAfterRun = (name: string) => `optml-e2e-${name}-${surroundings.label.slice(-8)}`;

/** Gives the one line that it prints: the reference by digest. */
async function publish(repository: string, ...source: readonly string[]): Promise<string> {
  const platform = await docker('version', '--format', '{{.Server.Os}}/{{.Server.Arch}}');
  const argv = ['publish', '--repository', repository, '--platform', platform, ...source];
  const { environment } = registry;
  const words = ['--chdir', project, process.execPath, optml, ...argv];
  const { exitCode, stdout, stderr } = await runCommand('env', words, { environment });
  expect(exitCode, stderr).toBe(0);
  const image = stdout.trimEnd();
  expect(image).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+/${repository}@sha256:[0-9a-f]{64}$`));
  return image;
}

async function pullAndRun(image: string) {
  const pulled = await docker('pull', image);
  onTestFinished(() => docker('image', 'rm', '--no-prune', image).then(() => {}));
  expect(pulled).toContain('Pull complete');
  expect(pulled).toContain(`Digest: ${image.split('@')[1]}`);
  const tree = await makeJobTree();

  const trained = await runContainer(['--network', 'none', ...tree.mounts], ['train'], image);
  const model = ['--volume', `${join(tree.root, 'model')}:/opt/ml/model:ro`];
  const { container, url } = await startServer(model, { image });
  const ping = await fetch(`${url}/ping`);
  const answer = await invoke(url, 'text/csv', 'text/csv', '5.1,3.5,1.4,0.2\n');
  const served = await container.stop(30);

  expect(trained.exitCode, trained.output).toBe(0);
  expect([ping.status, await ping.text()]).toEqual([200, '']);
  expect(answer).toMatchObject({ status: 200, body: 'setosa\n' });
  expect(served.exitCode, served.output).toBe(0);
}

test('the image that the engine built is published, pulled by its digest, trains and serves', async () => {
  const repository = nameAfterRun('engine');
  const built = `${repository}:built`;
  // An engine that has an image of the same config pulls nothing: this one has a label more, and goes when published.
  await writeFile(join(folder, 'Dockerfile'), `FROM ${surroundings.image}\nLABEL published=true\n`);
  await docker('build', '--tag', built, folder);

  const image = await publish(repository, '--image', `daemon:${built}`);
  await docker('image', 'rm', '--no-prune', built);

  await pullAndRun(image);
});

test('the image that optml builds is published, pulled by its digest, trains and serves', async () => {
  await docker('save', '--output', join(folder, 'base.tar'), surroundings.baseImage);

  const image = await publish(nameAfterRun('optml'), '--base', `docker:${folder}/base.tar`);

  await pullAndRun(image);
});
