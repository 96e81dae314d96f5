/** A copy of the reference container's project, built, on a base that is at hand as a file. */

import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOptml } from './run-optml.ts';

/** A project on its own. */
export interface Project {
  readonly folder: string;
  /** A file of `docker save`, with Node in it. */
  readonly baseArchive: string;
  /** Changes one line of the training module. */
  edit(): Promise<void>;
  remove(): Promise<void>;
}

const container = fileURLToPath(new URL('../../container', import.meta.url));

/** Makes it. The base has Node and nothing else. */
export async function makeProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-bench-project-'));
  await cp(container, folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|test|src|\.optml|\.turbo)$/.test(path),
  });
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  // What is built is all of it, as it is for the engine.
  manifest.optml.image.files = [
    { from: 'package.json', to: '/app/' },
    { from: 'dist/chunk-*', to: '/app/dist/', layer: 'dependencies' },
    { from: 'dist', to: '/app/dist' },
    { from: 'bin', to: '/usr/local/bin/' },
  ];
  manifest.optml.image.entrypoint = ['node', '/app/dist/main.js'];
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const baseArchive = join(folder, 'base.tar');
  await makeBase(baseArchive);
  await writeFile(
    join(folder, 'Dockerfile'),
    'FROM base:v1\nCOPY package.json /app/\nCOPY bin /usr/local/bin/\nCOPY dist /app/dist\nENTRYPOINT ["node", "/app/dist/main.js"]\n',
  );
  await writeFile(join(folder, '.dockerignore'), 'base.tar\n.optml\n');
  let edits = 0;
  return {
    folder,
    baseArchive,
    async edit() {
      edits += 1;
      await appendFile(join(folder, 'dist/train.js'), `// edit ${edits} of ${Date.now()}\n`);
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

async function makeBase(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-bench-base-'));
  try {
    const image = { name: 'base', files: [{ from: 'package.json', to: '/' }] };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'base', optml: { image } }));
    await runOptml(['build', '--base', 'scratch', '--output', `docker:${file}`, '--tag', 'v1'], { folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}
