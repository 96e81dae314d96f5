/** The tar archives that layers are: written from entries, and read as they stream by. */

export type { LayerEntry } from './layers/layer-entry.ts';
export { writeLayerTar } from './layers/write-layer-tar.ts';
export { TarFault } from './tar/decode-tar-header.ts';
export type { TarHeader } from './tar/encode-tar-header.ts';
export type { TarEntry } from './tar/read-tar.ts';
export { readTar } from './tar/read-tar.ts';
