/** The folders and links of a base, by which what is built on it finds its places; read once for each base. */

import { createHash } from 'node:crypto';
import { readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFolder } from '../create-folder.ts';
import { toFileFault } from '../file-fault.ts';
import type { Image } from '../image.ts';
import { createFileTree, type FileTree, type TreeEntry } from '../layers/file-tree.ts';
import { readLayerEntries } from '../layers/read-layer-entries.ts';

/** What reading a base needs to know. */
export interface ReadBaseOptions {
  /** Keeps what was found, by the digests of the layers. */
  readonly layerDirectory: string;
  /** Called before layers are read, which may take as long as a download of the base; not for a base that is known. */
  readonly onReadBase?: ((base: Image) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives the folders and symbolic links of `base`; of other files nothing is kept.
 *
 * @throws ImageError `LAYER_INVALID`, `LAYER_PATH_UNSAFE`, `OUTPUT_UNWRITABLE`, `DISK_FULL`, and what opening a layer throws
 */
export async function readBaseTree(base: Image | undefined, options: ReadBaseOptions): Promise<FileTree> {
  const tree = createFileTree({ keeps: ({ type }) => type === 'directory' || type === 'symlink' });
  if (base === undefined || base.layers.length === 0) return tree;
  const key = createHash('sha256').update(base.layers.map(({ diffId }) => diffId).join());
  const file = join(options.layerDirectory, `${key.digest('hex')}.tree.json`);
  const known = await readKnown(file);
  if (known !== undefined) {
    await tree.addLayer(known);
    return tree;
  }
  options.onReadBase?.(base);
  for (const layer of base.layers) await tree.addLayer(readLayerEntries(layer, options.signal));
  await keep(tree, file, options.layerDirectory);
  return tree;
}

async function readKnown(file: string): Promise<readonly TreeEntry[] | undefined> {
  try {
    const known: TreeEntry[] = JSON.parse(await readFile(file, 'utf8'));
    const now = new Date();
    // For `pruneLayers`. A directory that cannot be written is good for reading all the same.
    await utimes(file, now, now).catch(() => {});
    return known;
  } catch {
    // There is none, or only a part of one: the layers say it again.
    return undefined;
  }
}

async function keep(tree: FileTree, file: string, layerDirectory: string): Promise<void> {
  const entries = [...tree.entries()].map(([path, entry]) => ({ path, ...entry }));
  const unfinished = file.replace(/tree\.json$/, `${crypto.randomUUID()}.unfinished`);
  try {
    await createFolder(layerDirectory);
    await writeFile(unfinished, JSON.stringify(entries), { flag: 'wx' });
    await rename(unfinished, file);
  } catch (error) {
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', 'keep the folders and links of the base', layerDirectory);
  }
}
