/** Finds the files that an image declares, layer by layer. */

import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import {
  createIgnoreRules,
  type IgnoreRules,
  type LayerKind,
  type LayerSource,
  readIgnoreFile,
} from '@optml/image';
import type { ImageFile } from '../configuration/project-config.ts';
import { CliError } from '../errors.ts';
import type { ImageDeclaration } from './read-image-declaration.ts';

/** From the one that changes least to the one that changes most. */
const kinds = ['dependencies', 'model', 'application'] as const;

/** The declared files by layer. @throws CliError `PROJECT_INVALID` for one that does not exist */
export async function listLayers(
  { files, folder }: ImageDeclaration,
  ignore: IgnoreRules,
): Promise<readonly LayerSource[]> {
  const there: (ImageFile & { readonly isFound: boolean })[] = [];
  for (const file of files) {
    const path = resolve(folder, file.from);
    const found = await findDeclared(path, ignore);
    there.push(...found.map((from) => ({ ...file, from, isFound: isPattern(path) })));
    if (found.length > 0) continue;
    if (file.optional !== true) {
      throw new CliError(
        'PROJECT_INVALID',
        `${path} is to be copied into the image and does not exist: make it first, or change image.files in the configuration of ${folder}`,
        { facts: { path } },
      );
    }
  }
  return kinds.map((kind) => ({
    kind,
    files: there
      .filter((file) => layerOf(file) === kind)
      .map(({ from, to, mode, isFound }) => ({
        from: resolve(folder, from),
        to,
        isFound,
        mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
      })),
  }));
}

/** The path itself, or what it matches, by Docker's rules, when its last part has a `*`. */
async function findDeclared(path: string, ignore: IgnoreRules): Promise<readonly string[]> {
  if (!isPattern(path)) return existsSync(path) ? [path] : [];
  const folder = dirname(path);
  const pattern = createIgnoreRules(basename(path), { folder, where: 'image.files' });
  // A folder that is not there has no match, which the caller reports.
  const names = await readdir(folder).catch(() => []);
  return names
    .map((name) => join(folder, name))
    .filter((file) => pattern.ignores(file) && !ignore.ignores(file));
}

function isPattern(path: string): boolean {
  return basename(path).includes('*');
}

function layerOf({ layer, from }: ImageFile): LayerKind {
  return layer ?? (basename(from) === 'node_modules' ? 'dependencies' : 'application');
}

/**
 * The project's .dockerignore says what Docker is not given, and often that is what a build makes: it counts inside
 * of what is declared, unless it ignores the declared folder itself.
 */
export async function readIgnoreRules({
  folder,
  files,
  ignore = [],
}: ImageDeclaration): Promise<IgnoreRules> {
  const own = createIgnoreRules(ignore.join('\n'), { folder, where: 'image.ignore' });
  const docker = await readIgnoreFile(folder);
  const built = files
    .map(({ from }) => resolve(folder, isPattern(from) ? dirname(from) : from))
    .filter((path) => docker?.ignores(path));
  const isBuilt = (path: string) => built.some((source) => path.startsWith(`${source}${sep}`));
  return {
    hasExceptions: own.hasExceptions || docker?.hasExceptions === true,
    ignores: (path) => own.ignores(path) || (docker?.ignores(path) === true && !isBuilt(path)),
  };
}

/**
 * Refuses an output among what the image is made of: writing would overwrite that, or the next build take the image for a
 * part of it.
 *
 * @throws CliError `USAGE`
 */
export async function assertNoSource(output: string, layers: readonly LayerSource[]): Promise<void> {
  const real = await realpath(output).catch(() => undefined);
  if (real === undefined) return;
  for (const { from, isFound } of layers.flatMap(({ files }) => files)) {
    const source = await realpath(from);
    // What a pattern matched is left out.
    if (isFound === true && source === real) continue;
    if (source !== real && !source.startsWith(`${real}${sep}`)) continue;
    throw new CliError(
      'USAGE',
      `cannot write to ${output}: the image is made of ${source === real ? 'it' : from}; choose another path`,
    );
  }
}
