/** Installs packages from the registry, as an author does; kept for the next run. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { optmlPackages, smallOptml } from './make-project.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Native code in packages for one platform each and in `prebuilds`, WebAssembly, and a model, all beside their code. */
const manifest = {
  name: 'natives',
  version: '1.0.0',
  type: 'module',
  dependencies: {
    '@node-rs/crc32': '1.10.8',
    '@vscode/vscode-languagedetection': '1.0.23',
    bcrypt: '6.0.0',
    'source-map': '0.7.6',
  },
  devDependencies: { snappy: '7.4.3' },
};

export type Layout = 'npm' | 'pnpm';

/** Makes a project of `files` that has them in the layout of a package manager, and optml's own. */
export async function makeNativeProject(
  layout: Layout,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await makeSmallNativeProject(layout, files);
  await rm(join(folder, 'node_modules/@optml'), { recursive: true });
  for (const name of ['@optml', 'zod']) {
    await symlink(join(optmlPackages, name), join(folder, 'node_modules', name));
  }
  return folder;
}

/** The same with the packages of `makeSmallProject` in place of optml's. */
export async function makeSmallNativeProject(
  layout: Layout,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const installed = await install(layout);
  const folder = await mkdtemp(join(tmpdir(), 'optml-native-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  // Links stay links, and lead into the copy.
  await cp(installed, folder, { recursive: true, verbatimSymlinks: true });
  for (const [file, text] of Object.entries({ ...smallOptml, ...files })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}

async function install(layout: Layout): Promise<string> {
  const text = JSON.stringify(manifest, undefined, 2);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = join(root, '.optml/bundle-test', `${layout}-${digest}`);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  await writeFile(join(making, 'package.json'), text);
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const words = {
    npm: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict=false'],
    pnpm: ['npx', '--yes', packageManager, 'install', '--ignore-scripts', '--ignore-workspace'],
  }[layout];
  await run(words[0] as string, words.slice(1), { cwd: making });
  await rename(making, folder);
  return folder;
}
