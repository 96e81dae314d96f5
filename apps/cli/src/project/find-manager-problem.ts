/** Finds out whether a project's packages are those that its lock file names. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type Manager = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** What a package manager leaves in the `node_modules` that it installs. */
const markers: Readonly<Record<string, Manager>> = {
  '.modules.yaml': 'pnpm',
  '.yarn-state.yml': 'yarn',
  '.yarn-integrity': 'yarn',
  '.package-lock.json': 'npm',
};

const lockFiles: Readonly<Record<string, Manager>> = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

/** What is wrong. */
export interface ManagerProblem {
  /** True where an image would hold other versions than the lock file names. */
  readonly isSerious: boolean;
  readonly found: string;
  readonly fix: string;
  /** Both, in one sentence. */
  readonly message: string;
}

function createProblem(facts: Omit<ManagerProblem, 'message'>): ManagerProblem {
  return { ...facts, message: `${facts.found}: ${facts.fix}` };
}

/**
 * Compares who installed the packages of `directory` with the lock files from there up to them, and with
 * `packageManager`; `undefined` where they agree, or nothing says who it was.
 */
export async function findManagerProblem(directory: string): Promise<ManagerProblem | undefined> {
  const installed = findInstalled(directory);
  if (installed === undefined) return undefined;
  const { manager, root, folders } = installed;
  const locks = folders.flatMap((folder) => listThere(folder, lockFiles));
  const foreign = locks.filter((lock) => lock.manager !== manager);
  const [first] = foreign;
  const where = `the packages of ${join(root, 'node_modules')} were installed by ${manager}`;
  if (first !== undefined && foreign.length === locks.length) {
    return createProblem({
      isSerious: true,
      found: `${where}, and the lock file is that of ${first.manager}, ${first.path}`,
      fix: `install them with "${first.manager} install", or delete that file and run "${manager} install"`,
    });
  }
  if (first !== undefined) {
    const paths = foreign.map(({ path }) => path).join(' and ');
    return createProblem({
      isSerious: false,
      found: where,
      fix: `delete ${paths}, which ${manager} does not keep up to date`,
    });
  }
  const declared = await readDeclared(folders);
  if (declared === undefined || declared.name === manager) return undefined;
  return createProblem({
    isSerious: false,
    found: `${where}, and ${declared.file} names "${declared.text}" as the package manager`,
    fix: `install them with "${declared.name} install", or change "packageManager"`,
  });
}

/** Who installs the packages of a project, and whether any are installed: in its own folder or, in a workspace, above. */
export async function findManager(
  directory: string,
): Promise<{ readonly manager: string; readonly isInstalled: boolean }> {
  const installed = findInstalled(directory);
  const folders = installed?.folders ?? listFolders(directory);
  const declared = await readDeclared(folders);
  const [lock] = folders.flatMap((folder) => listThere(folder, lockFiles));
  return {
    manager: declared?.name ?? installed?.manager ?? lock?.manager ?? 'npm',
    isInstalled: installed !== undefined || existsSync(join(directory, 'node_modules')),
  };
}

function listFolders(directory: string): readonly string[] {
  return directory === dirname(directory) ? [directory] : [directory, ...listFolders(dirname(directory))];
}

interface Installed {
  readonly manager: Manager;
  /** The folder of the marked `node_modules`. */
  readonly root: string;
  /** From the project up to the root. */
  readonly folders: readonly string[];
}

/** In a workspace, the marked `node_modules` is that of its root. */
function findInstalled(directory: string): Installed | undefined {
  const all = listFolders(directory);
  for (const [index, folder] of all.entries()) {
    const [marked] = listThere(join(folder, 'node_modules'), markers);
    if (marked !== undefined)
      return { manager: marked.manager, root: folder, folders: all.slice(0, index + 1) };
  }
  return undefined;
}

function listThere(folder: string, names: Readonly<Record<string, Manager>>) {
  return Object.entries(names)
    .map(([name, manager]) => ({ path: join(folder, name), manager }))
    .filter(({ path }) => existsSync(path));
}

/** Source: Node's documentation of `packageManager` in package.json. */
async function readDeclared(folders: readonly string[]) {
  for (const folder of folders) {
    const file = join(folder, 'package.json');
    const text = await readFile(file, 'utf8').catch(() => '{}');
    const declared = parseManifest(text).packageManager;
    if (typeof declared === 'string')
      return { file, text: declared, name: declared.split('@')[0] ?? declared };
  }
  return undefined;
}

function parseManifest(text: string): { readonly packageManager?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
