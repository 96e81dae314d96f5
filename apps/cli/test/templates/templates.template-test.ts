/** Each template from an empty folder to a container that answers. */

import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StoredRepository, startFakeEcr } from '@optml/ecr/testing';
import { buildImage, writeLayout } from '@optml/image';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type PackedPackages, packPackages, takePacked } from './packed-packages.ts';
import { runProgram, startProgram } from './run-program.ts';

let folder: string;
let packed: PackedPackages;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-templates-'));
  packed = await packPackages(join(folder, 'packed'));
  const tool = join(folder, 'tool');
  await mkdir(tool);
  await writeFile(join(tool, 'package.json'), '{"private": true, "dependencies": {"optml": "*"}}');
  await takePacked(tool, packed);
  await runProgram(tool, ['npm', 'install', '--no-audit', '--no-fund']);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A red picture of one pixel. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

const flower = ['--data', '6.7,3.3,5.7,2.5', '--accept', 'application/json'];
const stories = [
  { template: 'tree', ask: flower, answer: { predictions: ['virginica'] } },
  {
    template: 'onnx',
    ask: flower,
    answer: { predictions: [{ label: 'virginica', probability: expect.closeTo(1, 1) }] },
  },
  {
    template: 'text',
    ask: ['--data', '{"instances": ["import sys\\n\\ndef main():\\n    print(sys.argv)\\n"]}'],
    answer: { predictions: [{ language: 'py', confidence: expect.any(Number) }] },
  },
  {
    template: 'image',
    ask: ['--file', 'red.png', '--content-type', 'image/png', '--accept', 'application/json'],
    answer: expect.objectContaining({
      format: 'png',
      width: 1,
      height: 1,
      brightness: expect.closeTo(1 / 3, 1),
    }),
  },
  { template: 'python', ask: flower, answer: { predictions: ['virginica'] } },
  {
    template: 'function',
    ask: ['--data', '{"instances": [{"weight_kg": 80, "height_m": 2}]}'],
    answer: { predictions: [{ bmi: 20 }] },
  },
];

test.each(stories)('the template $template works the first time', async ({ template, ask, answer }) => {
  await runProgram(folder, ['tool/node_modules/.bin/optml', 'init', template, '--template', template]);
  const project = join(folder, template);
  await takePacked(project, packed);
  await writeFile(join(project, 'red.png'), Buffer.from(png, 'base64'));
  await runProgram(project, ['npm', 'install', '--no-audit', '--no-fund']);
  const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
  if ('train' in scripts) await runProgram(project, ['npm', 'run', 'train']);

  const optml = join(project, 'node_modules/.bin/optml');
  const server = startProgram(project, [optml, 'serve', '--port', '0']);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  const url = await server.waitFor(/^http:\S+$/m);
  const asked = await runProgram(project, [optml, 'invoke', '--url', url, ...ask]);
  expect(JSON.parse(asked.out)).toEqual(answer);
  server.child.kill('SIGTERM');
  expect(await server.outcome).toMatchObject({ code: 0 });

  if (template === 'python') {
    const checked = await runProgram(project, [optml, 'check', '--no-lint']);
    expect(checked.out).toMatch(/^types +ok\ndefinitions +ok: a Python program, a predictor\n/);
    await publish(project, ['--base', await makePythonBase(project), '--no-lint']);
    return;
  }
  const checked = await runProgram(project, [optml, 'check', '--base', 'scratch']);
  expect(checked.out).toMatch(/^types +ok\ndefinitions +ok: .*\nimage +ok/);
  await runProgram(project, [optml, 'build', '--base', 'scratch']);
  await answerFromImage(project, { ask, answer });
  await publish(project, ['--base', 'scratch']);
});

test('an image of onnx adds less than 120 MB to its base', async () => {
  // What the story above has unpacked.
  const app = join(folder, 'onnx/.optml/root/app');
  const sizes = execFileSync('find', [app, '-type', 'f', '-printf', '%s\n'], { encoding: 'utf8' });

  const bytes = sizes
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0);

  expect(bytes).toBeGreaterThan(10e6);
  expect(bytes).toBeLessThan(120e6);
});

test('no request to four workers of onnx is lost when they are stopped under load', async () => {
  const server = startProgram(join(folder, 'onnx'), ['node_modules/.bin/optml', 'serve', '--port', '0'], {
    SAGEMAKER_MODEL_SERVER_WORKERS: '4',
  });
  onTestFinished(() => void server.child.kill('SIGKILL'));
  const url = await server.waitFor(/^http:\S+$/m);
  const load = sendLoad(url, 16);
  await load.answered;

  server.child.kill('SIGTERM');

  // Each connection goes on until it is refused; none ends without an answer.
  const { '200': answered = 0, ...others } = await load.counts;
  expect(others).toEqual({ refused: 16 });
  expect(answered).toBeGreaterThan(16);
  expect(await server.outcome).toMatchObject({ code: 0 });
});

test.each([
  { version: '1.22.22', source: 'yarn@1', template: 'tree' },
  { version: '4.0.0', source: '@yarnpkg/cli-dist@4', template: 'onnx' },
])("a project of yarn $version is trained and built, and Plug'n'Play is refused", async (story) => {
  const { version, source, template } = story;
  const name = `by-yarn-${version}`;
  const project = join(folder, name);
  const user = { npm_config_user_agent: `yarn/${version} npm/? node/v24 linux x64` };
  const tool = 'tool/node_modules/.bin/optml';
  const { out } = await runProgram(folder, [tool, 'init', name, '--template', template], user);
  await takePacked(project, packed);
  // Elsewhere than on a developer's machine, yarn refuses to make a lock file.
  const yarn = ['npx', '--yes', `--package=${source}`, 'yarn'];
  await runProgram(project, [...yarn, 'install'], { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' });
  await runProgram(project, [...yarn, 'train']);
  const built = await runProgram(project, [...yarn, 'optml', 'build', '--base', 'scratch', '--json']);

  expect(out).toMatch(/yarn install\nyarn train\nyarn optml serve\n$/);
  expect(JSON.parse(/^\{.*/m.exec(built.out)?.[0] ?? '')).toMatchObject({ ok: true });
  await writeFile(join(project, '.pnp.cjs'), '');
  const refused = await startProgram(project, ['node_modules/.bin/optml', 'build', '--base', 'scratch'])
    .outcome;
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("uses yarn's Plug'n'Play") });
});

/** Publishes to a registry of ECR's kind, and expects what was asked for there. */
async function publish(project: string, words: readonly string[]): Promise<void> {
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  const credentials = { AWS_ACCESS_KEY_ID: 'AKIAFAKE', AWS_SECRET_ACCESS_KEY: 'fake' };
  const optml = 'node_modules/.bin/optml';

  const published = await runProgram(
    project,
    [optml, 'publish', '--repository', 'team/model', '--tag', 'v1', ...words],
    { ...credentials, ...ecr.environment },
  );

  const { tags } = ecr.registry().repositories.get('team/model') as StoredRepository;
  expect(published.out).toContain(`/team/model@${tags.get('v1')}\n`);
}

/** A base that has the programs by their names. */
async function makePythonBase(project: string): Promise<string> {
  const layout = join(project, '.optml/base');
  const content = new TextEncoder().encode('#!/bin/sh\n');
  const image = await buildImage({
    platform: { os: 'linux', architecture: 'amd64' },
    layers: [
      {
        kind: 'base',
        files: [],
        entries: ['python3', 'node'].map((name) => ({
          path: `usr/bin/${name}`,
          type: 'file' as const,
          mode: 0o755,
          size: content.length,
          content,
        })),
      },
    ],
    layerDirectory: join(project, '.optml/layers'),
  });
  await writeLayout(image, { path: layout });
  return `oci:${layout}`;
}

/** Asks on so many connections, one request after another on each, until every one has been refused; counts by outcome. */
function sendLoad(url: string, connections: number) {
  const agent = new Agent({ keepAlive: true });
  const counts: Record<string, number> = {};
  const { promise: answered, resolve: onAnswered } = Promise.withResolvers<void>();
  let begun = 0;
  const ask = () =>
    new Promise<string>((resolve) => {
      const headers = { 'content-type': 'text/csv', accept: 'application/json' };
      const call = request(`${url}/invocations`, { method: 'POST', agent, headers }, (reply) => {
        reply.resume().on('end', () => resolve(String(reply.statusCode)));
        reply.on('error', () => resolve('lost'));
      });
      call.on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.syscall === 'connect' ? 'refused' : 'lost'),
      );
      call.end('6.7,3.3,5.7,2.5\n');
    });
  const askOn = async () => {
    for (let outcome = await ask(), isFirst = true; ; outcome = await ask(), isFirst = false) {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (outcome === 'refused' || outcome === 'lost') return;
      if (!isFirst) continue;
      begun += 1;
      if (begun === connections) onAnswered();
    }
  };
  const all = Promise.all(Array.from({ length: connections }, askOn)).finally(() => agent.destroy());
  return { answered, counts: all.then(() => counts) };
}

/** Starts the image's server where nothing but the image can be seen. */
async function answerFromImage(
  project: string,
  { ask, answer }: { readonly ask: readonly string[]; readonly answer: unknown },
): Promise<void> {
  const root = join(project, '.optml/root');
  await unpack(join(project, '.optml/image'), root);
  await cp(join(project, '.optml/ml/model'), join(root, 'opt/ml/model'), { recursive: true });
  await mkdir(join(root, 'proc'), { recursive: true });
  const start = `mount -t proc proc ${root}/proc && exec env -i PATH=/usr/local/bin SAGEMAKER_BIND_TO_PORT=0 /usr/sbin/chroot ${root} /usr/local/bin/node /app/dist/main.js serve`;
  const container = startProgram(project, ['unshare', '--mount', 'sh', '-c', start]);
  onTestFinished(() => void container.child.kill('SIGKILL'));
  const line = await container.waitFor(/listening url=\S+/);
  await container.waitFor(/^INFO +ready/m);
  const url = line.slice('listening url='.length);
  const asked = await runProgram(project, ['node_modules/.bin/optml', 'invoke', '--url', url, ...ask]);
  expect(JSON.parse(asked.out)).toEqual(answer);
  container.child.kill('SIGTERM');
  expect(await container.outcome).toMatchObject({ code: 0 });
}

async function unpack(layout: string, root: string): Promise<void> {
  const read = async (file: string) => JSON.parse(await readFile(join(layout, file), 'utf8'));
  const locate = (digest: string) => join('blobs', digest.replace(':', '/'));
  const { manifests } = await read('index.json');
  const { layers } = await read(locate(manifests[0].digest));
  await mkdir(root, { recursive: true });
  for (const { digest } of layers) execFileSync('tar', ['-xzf', join(layout, locate(digest)), '-C', root]);
}
