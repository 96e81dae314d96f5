/**
 * `pnpm e2e`: builds the image with a container engine, and runs the platform's side of the contract against it.
 * `pnpm e2e:readme`, the suite `readme`, follows the README's longer command instead, and needs no image.
 * Uses the engine that answers; as root on Debian it installs and starts one for itself. Leaves no container, image,
 * network or engine behind that it did not find.
 */

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildAuthors } from './build-authors.ts';
import { buildImage, explainFullDisk } from './build-image.ts';
import { docker, runCommand } from './docker.ts';
import { E2eError } from './e2e-error.ts';
import { findEngine } from './engine/find-engine.ts';
import { findRegistry } from './engine/find-registry.ts';
import { startEngine } from './engine/start-engine.ts';
import { prepareBase } from './prepare-base.ts';

const workspace = fileURLToPath(new URL('../../../..', import.meta.url));
const directory = process.env.OPTML_E2E_DIRECTORY ?? join(workspace, '.optml/e2e');
const isRoot = process.getuid?.() === 0;
const run = `optml.e2e=${randomBytes(4).toString('hex')}`;
const [suite = 'e2e', ...vitestArguments] = process.argv.slice(2);
const isReadme = suite === 'readme';
const say = (text: string) => process.stdout.write(`e2e: ${text}\n`);
/** Undone in reverse, whatever happened. */
const undo: (() => Promise<unknown>)[] = [];

/** A signal ends what runs; then all is undone as always. */
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
const { signal } = stop;

process.exitCode = await runAll();

async function runAll(): Promise<number> {
  try {
    await prepareEngine();
    if (!isReadme) await prepareRegistry();
    return await runTests();
  } catch (error) {
    const known = error instanceof E2eError ? error : explainFullDisk(String(error));
    if (known === undefined) throw error;
    process.stderr.write(`e2e: ${known.message} (${known.code})\n`);
    return 1;
  } finally {
    for (const step of undo.reverse()) {
      await step().catch((error: Error) => say(`could not tidy up: ${error.message}`));
    }
  }
}

async function prepareEngine(): Promise<void> {
  const state = await findEngine({ environment: process.env, isRoot });
  if (state === 'running') {
    say(`using the engine that answers, ${await docker('version', '--format', '{{.Server.Version}}')}`);
    return;
  }
  if (state === 'installable') await install('docker.io');
  await mkdir(directory, { recursive: true });
  const engine = await startEngine(directory);
  undo.push(() => engine.stop());
  process.env.DOCKER_HOST = engine.host;
  say(`started an engine of its own, ${await docker('version', '--format', '{{.Server.Version}}')}`);
}

async function prepareRegistry(): Promise<void> {
  if ((await findRegistry({ path: process.env.PATH ?? '', isRoot })) === 'installable')
    await install('docker-registry');
}

async function install(name: string): Promise<void> {
  say(`installing Debian's ${name}`);
  const script = join(workspace, '.ci/install-packages');
  const { exitCode, stderr } = await runCommand(script, [name], { signal });
  if (exitCode === 0) return;
  const end = stderr.trim().split('\n').slice(-5).join('\n');
  throw new E2eError('INSTALL_FAILED', `installing ${name} with apt-get failed: ${end}`);
}

async function runTests(): Promise<number> {
  const image = `optml-e2e:${run.slice(-8)}`;
  const base = await prepareBase({
    chosen: process.env.BASE_IMAGE || undefined,
    cacheDirectory: directory,
    isRoot,
    packages: isReadme ? ['python3'] : [],
    say,
  });
  if (base.isOurs) undo.push(() => docker('image', 'rm', base.name));
  if (!isReadme) await prepareImage(image, base.name);
  const network = await createNetwork('optml-e2e');
  const hostsNetwork = await createNetwork('optml-e2e-hosts', '--internal');
  undo.push(removeImages, removeContainers);
  Object.assign(process.env, {
    OPTML_E2E_SUITE: suite,
    OPTML_E2E_IMAGE: image,
    OPTML_E2E_BASE_IMAGE: base.name,
    OPTML_E2E_NETWORK: network,
    OPTML_E2E_HOSTS_NETWORK: hostsNetwork,
    OPTML_E2E_LABEL: run,
    OPTML_E2E_AUTHORS: await buildAuthors(directory),
  });
  const config = fileURLToPath(new URL('e2e.vitest.config.ts', import.meta.url));
  const { exitCode } = await runCommand('vitest', ['run', '--config', config, ...vitestArguments], {
    onOutput: (text) => process.stdout.write(text),
    signal,
  });
  return exitCode ?? 1;
}

async function prepareImage(image: string, baseImage: string): Promise<void> {
  const known = new Set((await docker('image', 'ls', '--all', '--quiet')).split('\n'));
  const layers: string[] = [];
  undo.push(() => runCommand('docker', ['image', 'rm', '--no-prune', ...layers]));
  say(`building the image on ${baseImage}`);
  const revision = (await runCommand('git', ['-C', workspace, 'rev-parse', 'HEAD'])).stdout.trim();
  await buildImage({
    context: workspace,
    baseImage,
    tag: image,
    label: run,
    revision,
    signal,
    onLayer: (id) => known.has(id) || layers.unshift(id),
  });
  undo.push(() => docker('image', 'rm', '--no-prune', image));
}

async function createNetwork(prefix: string, ...options: readonly string[]): Promise<string> {
  const name = `${prefix}-${run.slice(-8)}`;
  await docker('network', 'create', '--label', run, ...options, name);
  undo.push(() => docker('network', 'rm', name));
  return name;
}

/** Those that tests have loaded or pulled: they are called after the run. */
async function removeImages(): Promise<void> {
  const format = '{{.Repository}} {{.Tag}} {{.Digest}}';
  const lines = (await docker('image', 'ls', '--digests', '--format', format)).split('\n');
  for (const line of lines.filter((text) => text.includes(`-${run.slice(-8)}`))) {
    const [repository, tag, digest] = line.split(' ');
    await docker(
      'image',
      'rm',
      '--no-prune',
      tag === '<none>' ? `${repository}@${digest}` : `${repository}:${tag}`,
    );
  }
}

/** What a test that failed, or a signal, has left. */
async function removeContainers(): Promise<void> {
  const ids = await docker('ps', '--all', '--quiet', '--filter', `label=${run}`);
  if (ids !== '') await docker('rm', '--force', ...ids.split('\n'));
}
