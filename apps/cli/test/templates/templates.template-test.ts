/** Each template from an empty folder to a container that answers. */

import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    return;
  }
  const checked = await runProgram(project, [optml, 'check', '--base', 'scratch']);
  expect(checked.out).toMatch(/^types +ok\ndefinitions +ok: .*\nimage +ok/);
  await runProgram(project, [optml, 'build', '--base', 'scratch']);
  await answerFromImage(project, { ask, answer });
});

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
