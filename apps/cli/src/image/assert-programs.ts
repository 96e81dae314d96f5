/** Refuses a base without the programs that a project is run by. */

import type { Image } from '@optml/image';
import { createFileTree, type FileFacts, type FileTree, readLayerFacts } from '@optml/image/layers';
import { CliError } from '../errors.ts';

/** What Docker gives a container whose image says nothing. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How the base is named, and by what its layers are read. */
interface BaseOptions {
  readonly name: string;
  readonly layerDirectory: string;
  readonly signal: AbortSignal;
}

/** @throws CliError `BASE_UNUSABLE` that names those that are in no folder of the base's PATH; `undefined` has none */
export async function assertPrograms(
  base: Image | undefined,
  programs: readonly string[],
  { name, ...options }: BaseOptions,
): Promise<void> {
  const tree = createFileTree<FileFacts>();
  for (const layer of base?.layers ?? []) await tree.addLayer(readLayerFacts(layer, options));
  const { Env = [] } = base?.config.config ?? {};
  const search = (Env.find((line) => line.startsWith('PATH=')) ?? defaultPath)
    .slice('PATH='.length)
    .split(':');
  const missing = programs.filter(
    (program) => !search.some((folder) => isThere(tree, `${folder}/${program}`)),
  );
  if (missing.length === 0) return;
  throw new CliError(
    'BASE_UNUSABLE',
    `the base ${name} has no ${missing.join(' and no ')}: src/train.py takes a base with python3 and Node, such as node:24 (node:24-slim has no Python); give one with --base, or as image.base in the configuration`,
    { facts: { missing: missing.join(',') } },
  );
}

function isThere(tree: FileTree<FileFacts>, path: string): boolean {
  try {
    return ['file', 'link'].includes(tree.get(tree.resolve(path, { follow: true }))?.type ?? '');
  } catch {
    // Links in a circle lead to no file.
    return false;
  }
}
