/** What is in layers, as `@optml/image/layers`: their files, what is known of them, and how they differ. */

export type { FileChanges, ReadableLayer } from './layers/compare-files.ts';
export { compareFiles, openCompressed } from './layers/compare-files.ts';
export type { FileTree, TreeEntry } from './layers/file-tree.ts';
export { createFileTree } from './layers/file-tree.ts';
export type { FactsOptions, FileFacts } from './layers/layer-facts.ts';
export { hasLayerFacts, keepFactsWhileSent, readLayerFacts } from './layers/layer-facts.ts';
export type { PruneOptions } from './layers/prune-layers.ts';
export { pruneLayers } from './layers/prune-layers.ts';
export type { LayerFile } from './layers/read-layer-entries.ts';
export { readLayerEntries } from './layers/read-layer-entries.ts';
