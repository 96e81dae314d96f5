/** What `optml build` makes of the templates with native code runs in an engine, on a base of Debian and on none. */

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { surroundings } from './containers.ts';
import { docker, runCommand } from './docker.ts';
import { startServer } from './servers.ts';

const packages = fileURLToPath(new URL('../../node_modules/@optml', import.meta.url));
const optml = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));

let folder: string;
let debian: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-e2e-'));
  const file = join(folder, 'debian.tar');
  await docker('save', '--output', file, surroundings.baseImage);
  debian = `docker:${file}`;
});

afterAll(() => rm(folder, { recursive: true }));

async function run(directory: string, ...words: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await runCommand('env', ['--chdir', directory, ...words]);
  expect(exitCode, `${words.join(' ')}\n${stdout}${stderr}`).toBe(0);
}

/** Its packages come from npm's registry, and those of optml from here. */
async function makeProject(template: string): Promise<string> {
  const project = join(folder, template);
  await run(folder, process.execPath, optml, 'init', template, '--template', template);
  const file = join(project, 'package.json');
  const text = await readFile(file, 'utf8');
  const { dependencies } = JSON.parse(text) as { readonly dependencies: Readonly<Record<string, string>> };
  const others = Object.entries(dependencies).filter(([name]) => !name.startsWith('@optml/'));
  await writeFile(file, JSON.stringify({ dependencies: Object.fromEntries(others) }));
  await run(project, 'npm', 'install', '--no-audit', '--no-fund', '--no-package-lock');
  await writeFile(file, text);
  await mkdir(join(project, 'node_modules/@optml'));
  for (const name of ['entrypoint', 'serve', 'train'])
    await symlink(join(packages, name), join(project, 'node_modules/@optml', name));
  return project;
}

/** Builds, loads and serves; gives the answer to a request, and ends the container as the platform does. */
async function answer(
  project: string,
  {
    base,
    type,
    body,
  }: { readonly base: string; readonly type: string; readonly body: NonNullable<RequestInit['body']> },
): Promise<unknown> {
  const tag = `${base === 'scratch' ? 'scratch' : 'debian'}-${surroundings.label.slice(-8)}`;
  const platform = await docker('version', '--format', '{{.Server.Os}}/{{.Server.Arch}}');
  const archive = join(project, 'image.tar');
  const words = ['--base', base, '--platform', platform, '--output', `docker:${archive}`, '--tag', tag];
  await run(project, process.execPath, optml, 'build', ...words);
  const loaded = await docker('load', '--input', archive);
  const image = loaded.slice(loaded.lastIndexOf(' ') + 1);
  onTestFinished(async () => void (await docker('image', 'rm', '--no-prune', image)));
  const model = join(project, '.optml/ml/model');
  await mkdir(model, { recursive: true });
  const { container, url } = await startServer(['--volume', `${model}:/opt/ml/model:ro`], { image });
  const headers = { 'content-type': type, accept: 'application/json' };
  const reply = await (await fetch(`${url}/invocations`, { method: 'POST', headers, body })).json();
  expect((await container.stop(30)).exitCode).toBe(0);
  return reply;
}

/** A red picture of one pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

test('the image of onnx answers on Debian and from scratch', async () => {
  const project = await makeProject('onnx');
  const inputs = ['training', 'validation'].flatMap((name) => ['--input', `${name}=data/iris/${name}`]);
  await run(project, process.execPath, optml, 'train', ...inputs);
  const request = { type: 'text/csv', body: '6.7,3.3,5.7,2.5\n' };

  const answers = [
    await answer(project, { base: debian, ...request }),
    await answer(project, { base: 'scratch', ...request }),
  ];

  const expected = { predictions: [{ label: 'virginica', probability: expect.closeTo(1, 1) }] };
  expect(answers).toEqual([expected, expected]);
});

test('the image of image answers on Debian and from scratch', async () => {
  const project = await makeProject('image');
  const request = { type: 'image/png', body: png };

  const answers = [
    await answer(project, { base: debian, ...request }),
    await answer(project, { base: 'scratch', ...request }),
  ];

  const expected = expect.objectContaining({ format: 'png', width: 1, height: 1 });
  expect(answers).toEqual([expected, expected]);
});
