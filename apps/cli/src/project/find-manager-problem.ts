/** Finds out whether a project's packages are those that its lock file names. */

import { access, readFile } from 'node:fs/promises';
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

/** What is wrong, in one sentence. */
export interface ManagerProblem {
  /** True where an image would hold other versions than the lock file names. */
  readonly isSerious: boolean;
  readonly message: string;
}

/**
 * Compares who installed the packages of `directory` with the lock files from there up to them, and with
 * `packageManager`; `undefined` where they agree, or nothing says who it was.
 */
export async function findManagerProblem(directory: string): Promise<ManagerProblem | undefined> {
  const installed = await findInstalled(directory);
  if (installed === undefined) return undefined;
  const { manager, root, folders } = installed;
  const locks = (await Promise.all(folders.map((folder) => listThere(folder, lockFiles)))).flat();
  const foreign = locks.filter((lock) => lock.manager !== manager);
  const [first] = foreign;
  const where = `the packages of ${join(root, 'node_modules')} were installed by ${manager}`;
  if (first !== undefined && foreign.length === locks.length) {
    return {
      isSerious: true,
      message: `${where}, and the lock file is that of ${first.manager}, ${first.path}: install them with "${first.manager} install", or delete that file and run "${manager} install"`,
    };
  }
  if (first !== undefined) {
    return {
      isSerious: false,
      message: `${where}: delete ${foreign.map(({ path }) => path).join(' and ')}, which ${manager} does not keep up to date`,
    };
  }
  const declared = await readDeclared(folders);
  if (declared === undefined || declared.name === manager) return undefined;
  return {
    isSerious: false,
    message: `${where}, and ${declared.file} names "${declared.text}" as the package manager: install them with "${declared.name} install", or change "packageManager"`,
  };
}

interface Installed {
  readonly manager: Manager;
  /** The folder of the marked `node_modules`. */
  readonly root: string;
  /** From the project up to the root. */
  readonly folders: readonly string[];
}

/** In a workspace, the marked `node_modules` is that of its root. */
async function findInstalled(directory: string): Promise<Installed | undefined> {
  const folders: string[] = [];
  for (let folder = directory; ; folder = dirname(folder)) {
    folders.push(folder);
    const [marked] = await listThere(join(folder, 'node_modules'), markers);
    if (marked !== undefined) return { manager: marked.manager, root: folder, folders };
    if (folder === dirname(folder)) return undefined;
  }
}

async function listThere(folder: string, names: Readonly<Record<string, Manager>>) {
  const found = await Promise.all(
    Object.entries(names).map(async ([name, manager]) => {
      const path = join(folder, name);
      return (await isThere(path)) ? [{ path, manager }] : [];
    }),
  );
  return found.flat();
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Source: Node's documentation of `packageManager` in package.json. */
async function readDeclared(folders: readonly string[]) {
  for (const folder of folders) {
    const file = join(folder, 'package.json');
    const text = await readFile(file, 'utf8').catch(() => '{}');
    const declared = parseManifest(text).packageManager;
    if (typeof declared === 'string') return { file, text: declared, name: declared.split('@')[0] };
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
