/** The one error class of the package and the closed set of its codes. */

/** Lists every code an `ImageError` can carry. */
export const imageErrorCodes = [
  'ARCHIVE_INVALID',
  'BASE_NOT_FOUND',
  'BLOB_MISMATCH',
  'BUILD_INVALID',
  'CONFIG_INVALID',
  'DISK_FULL',
  'ENGINE_FAILED',
  'ENGINE_IMAGE_MISSING',
  'ENGINE_UNREACHABLE',
  'FILE_CHANGED',
  'FILE_UNREADABLE',
  'FOLDER_UNWRITABLE',
  'INDEX_INVALID',
  'LAYER_INVALID',
  'LAYER_PATH_UNSAFE',
  'LAYOUT_INVALID',
  'MANIFEST_INVALID',
  'MANIFEST_UNSUPPORTED',
  'OUTPUT_OCCUPIED',
  'OUTPUT_UNWRITABLE',
  'PLATFORM_INVALID',
  'PLATFORM_MISSING',
  'PROXY_INVALID',
  'REFERENCE_INVALID',
  'REGISTRY_DENIED',
  'REGISTRY_REFUSED',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_UNREACHABLE',
] as const;

/** Names one of the codes in `imageErrorCodes`. */
export type ImageErrorCode = (typeof imageErrorCodes)[number];

/** Holds what is known beside the message, as fields of the error, and the error underneath. */
export interface ImageErrorFacts {
  /** The file or folder on this machine, or the path inside a layer, that is at fault. */
  readonly path?: string | undefined;
  /** The digest that was asked for. */
  readonly digest?: string | undefined;
  /** The HTTP status of a registry's answer. */
  readonly status?: number | undefined;
  /** The registry's own code, as `NAME_UNKNOWN`; the first of several. */
  readonly registryCode?: string | undefined;
  /** Whether the same request may succeed when it is sent again; default false. */
  readonly retryable?: boolean | undefined;
  /** How long the registry asks to wait before that. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown | undefined;
}

/** Reports an image, an input or a registry that cannot be worked with; decide on `code`. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;
  declare readonly path?: ImageErrorFacts['path'];
  declare readonly digest?: ImageErrorFacts['digest'];
  declare readonly status?: ImageErrorFacts['status'];
  declare readonly registryCode?: ImageErrorFacts['registryCode'];
  declare readonly retryable?: ImageErrorFacts['retryable'];
  declare readonly retryAfterMs?: ImageErrorFacts['retryAfterMs'];

  constructor(code: ImageErrorCode, message: string, { cause, ...facts }: ImageErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
