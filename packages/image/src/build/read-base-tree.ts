/** The paths of a base, by which what is built on it finds its places. */

import type { Image } from '../image/image.ts';
import { createFileTree, type FileTree, type TreeEntry } from '../layers/file-tree.ts';
import { type FactsOptions, type FileFacts, hasLayerFacts, readLayerFacts } from '../layers/layer-facts.ts';

/** What reading a base needs to know. */
export interface ReadBaseOptions extends FactsOptions {
  /** Called before layers are read, which may take as long as a download, with their number; not when all are known. */
  readonly onReadBase?: ((layers: number) => void) | undefined;
}

/**
 * Gives the folders and symbolic links of `base`, and of other files that they are there.
 *
 * @throws ImageError what `readLayerFacts` throws
 */
export async function readBaseTree(base: Image | undefined, options: ReadBaseOptions): Promise<FileTree> {
  const tree = createFileTree();
  const layers = base?.layers ?? [];
  const known = await Promise.all(layers.map((layer) => hasLayerFacts(layer, options)));
  const unknown = known.filter((isKnown) => !isKnown).length;
  if (unknown > 0) options.onReadBase?.(unknown);
  for (const layer of layers) await tree.addLayer(reduce(readLayerFacts(layer, options)));
  return tree;
}

/** A base may have a million files, and all are kept until the image is built. */
async function* reduce(facts: AsyncIterable<FileFacts>): AsyncGenerator<TreeEntry> {
  for await (const file of facts) {
    const { path, type, mode, size } = file;
    const isWhole = type === 'directory' || type === 'symlink' || file.deletes !== undefined;
    yield isWhole ? file : { path, type, mode, size };
  }
}
