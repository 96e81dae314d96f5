/** The one error class of the package and the closed set of its codes. */

/** Lists every code a `BundleError` can carry. */
export const bundleErrorCodes = [
  'DEFINITION_FAILED',
  'DEFINITION_INVALID',
  'DEPENDENCY_DEV',
  'DEPENDENCY_MISSING',
  'DEPENDENCY_OLD',
  'ENTRYPOINT_MISSING',
  'FILE_MISSING',
  'NATIVE_NOT_BUILT',
  'NATIVE_PLATFORM',
  'OUTPUT_INVALID',
  'OUTPUT_UNWRITABLE',
  'PLUG_AND_PLAY',
  'PROJECT_EMPTY',
  'PROJECT_INVALID',
  'PROJECT_NOT_FOUND',
  'SOURCE_INVALID',
] as const;

/** Names one of the codes in `bundleErrorCodes`. */
export type BundleErrorCode = (typeof bundleErrorCodes)[number];

/** What is known beside the message. */
interface BundleErrorFacts {
  /** The file or folder at fault. */
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/** Reports a project that cannot be bundled, with what to change; decide on `code`. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: BundleErrorCode;
  /** The file or folder at fault. */
  readonly path?: string | undefined;

  constructor(code: BundleErrorCode, message: string, { cause, ...facts }: BundleErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
