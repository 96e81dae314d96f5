/** Container images without a daemon. */

export type { BuildOptions, LayerSource, RunOptions } from './build/build-image.ts';
export { buildImage } from './build/build-image.ts';
export type { CollectOptions, FileSource } from './build/collect-files.ts';
export type { IgnoreRules } from './build/read-ignore-file.ts';
export { createIgnoreRules, readIgnoreFile } from './build/read-ignore-file.ts';
export type { ImageErrorCode, ImageErrorFacts } from './errors.ts';
export { ImageError, imageErrorCodes } from './errors.ts';
export { createFolder } from './files/create-folder.ts';
export type { AssembledManifest } from './image/assemble-manifest.ts';
export { assembleManifest } from './image/assemble-manifest.ts';
export { digestOf, isDigest } from './image/digest.ts';
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
export { mediaTypes } from './image/media-types.ts';
export type { Platform } from './image/platform.ts';
export { formatPlatform, parsePlatform } from './image/platform.ts';
export type { ImageLocation, ImageReference } from './image/reference.ts';
export {
  formatReference,
  isTag,
  parseImageLocation,
  parseReference,
  splitImageName,
} from './image/reference.ts';
export type { FileChanges, ReadableLayer } from './layers/compare-files.ts';
export { compareFiles, openCompressed } from './layers/compare-files.ts';
export type { FileTree, TreeEntry } from './layers/file-tree.ts';
export { createFileTree } from './layers/file-tree.ts';
export type { LayerEntry } from './layers/layer-entry.ts';
export type { FactsOptions, FileFacts } from './layers/layer-facts.ts';
export { hasLayerFacts, keepFactsWhileSent, readLayerFacts } from './layers/layer-facts.ts';
export type { PruneOptions } from './layers/prune-layers.ts';
export { pruneLayers } from './layers/prune-layers.ts';
export type { LayerFile } from './layers/read-layer-entries.ts';
export { readLayerEntries } from './layers/read-layer-entries.ts';
export { createNativeFilter } from './native/create-native-filter.ts';
export type { NodeLayerOptions } from './native/create-node-layer.ts';
export { createNodeLayer } from './native/create-node-layer.ts';
export type { NamedPlatform } from './native/named-platform.ts';
export { readNamedPlatform } from './native/named-platform.ts';
export { createRegistry } from './registry/create-registry.ts';
export type { Connections, ProxyNames, ProxySettings } from './registry/proxy.ts';
export { adviseOnTunnel, createConnections, describeProxy, readProxySettings } from './registry/proxy.ts';
export type { Registry, RegistryCredentials, RegistryOptions, RequestOptions } from './registry/registry.ts';
export { pushImage } from './sinks/push-image.ts';
export { writeArchive } from './sinks/write-archive.ts';
export type { WriteOptions, WrittenImage } from './sinks/write-layout.ts';
export { writeLayout } from './sinks/write-layout.ts';
export { parseImageConfig } from './sources/parse-image-config.ts';
export type { ImageIndex, ImageManifest, IndexEntry } from './sources/parse-manifest.ts';
export { parseManifest } from './sources/parse-manifest.ts';
export { readArchive } from './sources/read-archive.ts';
export type { DaemonImage, DaemonOptions } from './sources/read-daemon-image.ts';
export { readDaemonImage } from './sources/read-daemon-image.ts';
export type { ReadFileOptions } from './sources/read-layout.ts';
export { readLayout } from './sources/read-layout.ts';
export { selectPlatform } from './sources/select-platform.ts';
