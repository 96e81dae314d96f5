/** A clone of this repository, built, and the base that both its Dockerfile and optml stand on. */

import { execFile } from 'node:child_process';
import { access, appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Engine } from './start-engine.ts';

/** A workspace on its own. */
export interface Workspace {
  /** The root of the clone. */
  readonly folder: string;
  /** The reference container in it. */
  readonly container: string;
  readonly baseName: string;
  readonly dockerfile: string;
  /** The base as a file of `docker save`. */
  readonly baseArchive: string;
  /** Changes one line of the training module's source. */
  edit(): Promise<void>;
  /** Runs the build script of the reference container, as `pnpm build` in its folder does. */
  build(): Promise<void>;
  remove(): Promise<void>;
}

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const baseName = 'optml-bench-base:v1';

/** Makes it of the last commit. Needs root, Debian and the network, for the base and for what pnpm fetches. */
export async function makeWorkspace(engine: Engine): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-bench-workspace-'));
  const container = join(folder, 'apps/container');
  // Where the engine is not given it.
  const baseArchive = join(folder, '.optml/base.tar');
  await run('git', ['clone', '--quiet', '--depth', '1', `file://${repository}`, join(folder, 'clone')]);
  await run('sh', ['-c', 'mv clone/* clone/.[!.]* . && rmdir clone'], { cwd: folder });
  const { packageManager } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const pnpm = (...words: string[]) => run('npx', ['--yes', packageManager, ...words], { cwd: folder });
  await pnpm('install', '--frozen-lockfile', '--prefer-offline');
  await pnpm('build');
  await engine.docker('import', '--change', 'CMD ["node"]', ...baseVariables, await makeBase(), baseName);
  await mkdir(join(folder, '.optml'), { recursive: true });
  await engine.docker('save', '--output', baseArchive, baseName);
  const { scripts } = JSON.parse(await readFile(join(container, 'package.json'), 'utf8'));
  const path = [join(container, 'node_modules/.bin'), join(folder, 'node_modules/.bin'), process.env.PATH];
  const env = { ...process.env, PATH: path.join(':') };
  let edits = 0;
  return {
    folder,
    container,
    baseName,
    dockerfile: join(container, 'Dockerfile'),
    baseArchive,
    async edit() {
      edits += 1;
      // A comment would not reach the bundle.
      await appendFile(join(container, 'src/train.ts'), `process.env.OPTML_BENCH_EDIT = '${edits}';\n`);
    },
    async build() {
      await run('sh', ['-c', scripts.build], { cwd: container, env });
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

const baseVariables = [
  ...['--change', 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ...['--change', 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'],
];

/** The stand-in for `node:24-slim` that the end-to-end tests make, too, and keep at the same place. */
async function makeBase(): Promise<string> {
  const file = join(repository, `.optml/e2e/base-node-${process.versions.node}.tar`);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  const script = join(repository, 'apps/container/test/e2e/engine/make-base-image.sh');
  if (!isThere) await run(script, [process.execPath, file], { maxBuffer: 64 * 1024 * 1024 });
  return file;
}
