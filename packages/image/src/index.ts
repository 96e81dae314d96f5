/** Container images without a daemon. */

export type { BuildOptions, LayerSource, RunOptions } from './build/build-image.ts';
export { buildImage } from './build/build-image.ts';
export type { CollectOptions, FileSource } from './build/collect-files.ts';
export type { IgnoreRules } from './build/read-ignore-file.ts';
export { createIgnoreRules, readIgnoreFile } from './build/read-ignore-file.ts';
export type { ImageErrorCode, ImageErrorFacts } from './errors.ts';
export { ImageError, imageErrorCodes } from './errors.ts';
export type {
  BlobOrigin,
  Descriptor,
  HistoryEntry,
  Image,
  ImageBlob,
  ImageConfig,
  Layer,
  LayerKind,
  ManifestFormat,
  RunConfig,
  StoredManifest,
} from './image/image.ts';
export type { Platform } from './image/platform.ts';
export { formatPlatform, parsePlatform } from './image/platform.ts';
export type { LayerEntry } from './layers/layer-entry.ts';
export type { NodeLayerOptions } from './native/create-node-layer.ts';
export { createNodeLayer } from './native/create-node-layer.ts';
export { createRegistry } from './registry/create-registry.ts';
export type { Registry, RegistryCredentials, RegistryOptions, RequestOptions } from './registry/registry.ts';
export type { PushOptions } from './sinks/push-image.ts';
export { pushImage } from './sinks/push-image.ts';
export { writeArchive } from './sinks/write-archive.ts';
export type { WriteOptions, WrittenImage } from './sinks/write-layout.ts';
export { writeLayout } from './sinks/write-layout.ts';
export { readArchive } from './sources/read-archive.ts';
export type { DaemonImage, DaemonOptions } from './sources/read-daemon-image.ts';
export { readDaemonImage } from './sources/read-daemon-image.ts';
export type { ReadFileOptions } from './sources/read-layout.ts';
export { readLayout } from './sources/read-layout.ts';
