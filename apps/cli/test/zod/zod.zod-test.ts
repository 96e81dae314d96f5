/** An author's zod, the oldest and the newest that is allowed: its types fit those of the packages, and it runs. */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackedPackages, packPackages, takePacked } from '../templates/packed-packages.ts';
import { runProgram } from '../templates/run-program.ts';

const workspace = new URL('../../../../', import.meta.url);
const compilers = ['5.9', '6.0'];
const resolutions = { nodenext: 'nodenext', bundler: 'esnext' } as const;

const peer: string = (await readManifest(new URL('packages/train/', workspace))).peerDependencies.zod;
const oldest = peer.replace('^', '');
const newest: string = (await readManifest(new URL('packages/train/node_modules/zod/', workspace))).version;

let folder: string;
let packed: PackedPackages;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-zod-'));
  packed = await packPackages(join(folder, 'packed'));
  await Promise.all([oldest, newest].map(makeProject));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function readManifest(place: URL) {
  return JSON.parse(await readFile(new URL('package.json', place), 'utf8'));
}

const resource = { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' };
const jobFiles = {
  'input/config/hyperparameters.json': JSON.stringify({ depth: '7', rate: '0.5', names: '["a", "b"]' }),
  'input/config/inputdataconfig.json': JSON.stringify({ training: { ContentType: 'text/csv' } }),
  'input/config/resourceconfig.json': JSON.stringify(resource),
  'input/data/training/rows.csv': '1,2\n3,4\n',
};

/** Installs a project with this zod. */
async function makeProject(zod: string): Promise<void> {
  const project = join(folder, zod);
  await cp(fileURLToPath(new URL('project', import.meta.url)), project, { recursive: true });
  const aliases = compilers.map((version) => [`typescript-${version}`, `npm:typescript@~${version}.0`]);
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { '@optml/serve': '*', '@optml/train': '*', zod },
    devDependencies: { '@types/node': '^22.20.5', ...Object.fromEntries(aliases) },
  };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await takePacked(project, packed);
  for (const [name, text] of Object.entries(jobFiles)) {
    await mkdir(dirname(join(project, 'job', name)), { recursive: true });
    await writeFile(join(project, 'job', name), text);
  }
  await runProgram(project, ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline']);
}

test.each([oldest, newest])('zod %s is the only one that is installed', async (zod) => {
  const { out } = await runProgram(join(folder, zod), ['npm', 'ls', 'zod', '--all', '--parseable', '--long']);
  const copies = out.split('\n').filter((line) => line.includes('node_modules/zod:'));
  expect(copies).toEqual([expect.stringContaining(`:zod@${zod}`)]);
});

// Each pair of the three is there once: all eight would take twice the time.
test.each([
  { zod: oldest, compiler: '5.9', moduleResolution: 'nodenext' },
  { zod: oldest, compiler: '6.0', moduleResolution: 'bundler' },
  { zod: newest, compiler: '5.9', moduleResolution: 'bundler' },
  { zod: newest, compiler: '6.0', moduleResolution: 'nodenext' },
] as const)('the types of zod $zod fit: TypeScript $compiler, $moduleResolution', async (one) => {
  const { zod, compiler, moduleResolution } = one;
  const compilerOptions = {
    module: resolutions[moduleResolution],
    moduleResolution,
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  const project = join(folder, zod);
  const file = `tsconfig-${compiler}.json`;
  await writeFile(join(project, file), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await runProgram(project, ['node', `node_modules/typescript-${compiler}/bin/tsc`, '-p', file]);
});

test.each([oldest, newest])('with zod %s it describes, trains and serves', async (zod) => {
  const project = join(folder, zod);
  const { out } = await runProgram(project, ['node', 'run.ts', join(project, 'job')]);
  expect(JSON.parse(out)).toEqual({
    properties: ['depth', 'rate', 'names', 'kind'],
    trained: { exitCode: 0 },
    replies: [
      { status: 200, body: { predictions: [{ sum: 10 }, { sum: 10 }] } },
      { status: 400, body: expect.anything() },
    ],
  });
});
