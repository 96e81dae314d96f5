/** Container images without a daemon. */

export type { AssembledManifest } from './assemble-manifest.ts';
export { assembleManifest } from './assemble-manifest.ts';
export { digestOf, isDigest } from './digest.ts';
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
} from './image.ts';
export { mediaTypes } from './media-types.ts';
export type { Platform } from './platform.ts';
export { formatPlatform, parsePlatform } from './platform.ts';
export type { Registry, RegistryCredentials, RegistryOptions, RequestOptions } from './registry.ts';
