/**
 * What an image is: a config and a list of layers, each known by the digest of its uncompressed tar before
 * anything is compressed. Every source gives this form and every sink takes it.
 */

import type { Platform } from './platform.ts';

/** Names bytes by what they are, how many, and their SHA-256. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** Bytes that a registry, a layout or an archive can hold. */
export interface ImageBlob {
  readonly descriptor: Descriptor;
  /**
   * Streams the bytes from the start; may be called more than once.
   *
   * @throws ImageError `BLOB_MISMATCH`, after the last byte, for bytes that are not those of the descriptor.
   */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How seldom a layer changes, in the order in which layers are stacked. */
export type LayerKind = 'base' | 'dependencies' | 'model' | 'application';

/** How one step made the image, as `docker history` shows it. */
export interface HistoryEntry {
  /** RFC 3339. */
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  /** A step that only changed the config and has no layer. */
  readonly empty_layer?: boolean | undefined;
}

/** One layer, which need not exist in compressed form yet. */
export interface Layer {
  readonly kind: LayerKind;
  /** The digest of the uncompressed tar. Equal files give equal ones, on every machine. */
  readonly diffId: string;
  readonly history: HistoryEntry;
  /**
   * Known when the layer already exists compressed with gzip, as one of a base image. A layer that exists only
   * uncompressed or in zstd has none, because Docker's manifest has no type for those that SageMaker would take.
   */
  readonly descriptor?: Descriptor | undefined;
  /** Where a registry has it, so that it can be mounted in another repository there. */
  readonly origin?: BlobOrigin | undefined;
  /**
   * Gives the layer compressed with gzip. One of a base image is passed on as it is, and streams from where it lies;
   * another is compressed into a file of the layer directory, once.
   *
   * @throws ImageError `FILE_CHANGED` for files that are no longer those of `diffId`, `DISK_FULL`,
   *   `OUTPUT_UNWRITABLE`, or what its source throws.
   */
  compress(signal?: AbortSignal): Promise<ImageBlob>;
  /**
   * Streams the uncompressed tar.
   *
   * @throws ImageError `LAYER_INVALID`, at the end, for bytes that are not those of `diffId`.
   */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The repository that a blob can be mounted from. */
export interface BlobOrigin {
  /** Of the registry, with its port, for example `registry.example.com:5000`. */
  readonly host: string;
  readonly repository: string;
}

/** What a container of the image runs with: the `config` of an image's config. */
export interface RunConfig {
  readonly User?: string | undefined;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>> | undefined;
  /** As `NAME=value`. */
  readonly Env?: readonly string[] | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>> | null | undefined;
  readonly WorkingDir?: string | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly StopSignal?: string | undefined;
}

/** An image's config as JSON, in the form that Docker and OCI share; other fields are passed on as they came. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string | undefined;
  readonly created?: string | undefined;
  readonly author?: string | undefined;
  readonly config?: RunConfig | undefined;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history?: readonly HistoryEntry[] | undefined;
}

/** One image for one platform. */
export interface Image {
  readonly platform: Platform;
  readonly config: ImageConfig;
  /** The config as it is stored: that of a source byte for byte, so that its digest stays. */
  readonly configBytes: Uint8Array;
  /** The media type of what its name leads to in a registry: a manifest, or an index. */
  readonly manifestType?: string | undefined;
  /** From the bottom up, as many as `config.rootfs.diff_ids` and in their order. */
  readonly layers: readonly Layer[];
}

/** The two families of media types. SageMaker's hosting takes the first only. */
export type ManifestFormat = 'docker' | 'oci';

/** A manifest with the bytes that its digest is of. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}
