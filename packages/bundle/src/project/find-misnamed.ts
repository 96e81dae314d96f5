/** Finds files that an author has probably meant as one of the two modules, under a name that nothing looks for. */

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, parse, relative, sep } from 'node:path';

/** A file that would be a half of a project by another name. */
export interface Misnamed {
  readonly half: 'training' | 'predictor';
  /** Both from the project's folder, for example `src/predict.ts` and `src/predictor.ts`. */
  readonly file: string;
  readonly expected: string;
}

const names: Readonly<Record<Misnamed['half'], RegExp>> = {
  training: /^(?:model)?(?:train|training|trainer)(?:model)?$/,
  predictor: /^(?:model)?(?:predictor|predict|predictions?|inference)(?:model)?$/,
};

const modules = /^\.(?:[cm]?[jt]sx?|py)$/;

/** Looks in the project's folder, in `src`, and for an index in a folder there. */
export async function findMisnamed(
  folder: string,
  missing: readonly Misnamed['half'][],
): Promise<readonly Misnamed[]> {
  if (missing.length === 0) return [];
  const [own, source] = await Promise.all([list(folder), list(join(folder, 'src'))]);
  const inFolders = await Promise.all(
    source.filter((entry) => entry.isDirectory()).map(({ name }) => list(join(folder, 'src', name))),
  );
  const files = [source, ...inFolders, own].flat().filter((entry) => entry.isFile());
  return missing.flatMap((half) => {
    const found = files.map((entry) => toMisnamed(entry, { half, folder })).find((one) => one !== undefined);
    return found === undefined ? [] : [found];
  });
}

async function list(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

function toMisnamed(
  { name, parentPath }: Dirent,
  { half, folder }: { readonly half: Misnamed['half']; readonly folder: string },
): Misnamed | undefined {
  const { name: stem, ext } = parse(name);
  if (!modules.test(ext) || stem.endsWith('.d')) return undefined;
  const file = relative(folder, join(parentPath, name)).replaceAll(sep, '/');
  // In a folder below `src`, the folder has the name.
  const [, inner] = /^src\/([^/]+)\/index\.\w+$/.exec(file) ?? [];
  if (inner === undefined && /\/.*\//.test(file)) return undefined;
  if (!names[half].test((inner ?? stem).toLowerCase().replaceAll(/[-_. ]/g, ''))) return undefined;
  const base = half === 'training' ? 'train' : 'predictor';
  const suffix = ext === '.py' && half === 'training' ? '.py' : suffixOf(ext);
  return { half, file, expected: `src/${base}${suffix}` };
}

/** What is CommonJS by its suffix, has another in a project. */
function suffixOf(extension: string): string {
  if (extension === '.mts' || extension === '.mjs' || extension === '.js') return extension;
  return /j/.test(extension) ? '.js' : '.ts';
}

/** Says what to do about them, for example `rename src/predict.ts to src/predictor.ts`; nothing where there are none. */
export function adviseRenaming(misnamed: readonly Misnamed[]): string | undefined {
  if (misnamed.length === 0) return undefined;
  const moves = misnamed.map(({ half, file, expected }) =>
    file.endsWith('.py') && half === 'predictor'
      ? `write what ${file} does as ${expected}`
      : `rename ${file} to ${expected}`,
  );
  return moves.join(', and ');
}
