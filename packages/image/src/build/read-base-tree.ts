/** The folders and links of a base, by which what is built on it finds its places. */

import type { Image } from '../image.ts';
import { createFileTree, type FileTree } from '../layers/file-tree.ts';
import { type FactsOptions, hasLayerFacts, readLayerFacts } from '../layers/layer-facts.ts';

/** What reading a base needs to know. */
export interface ReadBaseOptions extends FactsOptions {
  /** Called before layers are read, which may take as long as a download, with their number; not when all are known. */
  readonly onReadBase?: ((layers: number) => void) | undefined;
}

/**
 * Gives the folders and symbolic links of `base`; of other files nothing is kept.
 *
 * @throws ImageError what `readLayerFacts` throws
 */
export async function readBaseTree(base: Image | undefined, options: ReadBaseOptions): Promise<FileTree> {
  const tree = createFileTree({ keeps: ({ type }) => type === 'directory' || type === 'symlink' });
  const layers = base?.layers ?? [];
  const known = await Promise.all(layers.map((layer) => hasLayerFacts(layer, options)));
  const unknown = known.filter((isKnown) => !isKnown).length;
  if (unknown > 0) options.onReadBase?.(unknown);
  for (const layer of layers) await tree.addLayer(readLayerFacts(layer, options));
  return tree;
}
