/** Errors of publishing that the person at the terminal, or an account's administrator, can fix. */

/** Every code that an `EcrError` can have. */
export const ecrErrorCodes = [
  'ACCESS_DENIED',
  'CREDENTIALS_EXPIRED',
  'CREDENTIALS_INVALID',
  'CREDENTIALS_MISSING',
  'DIGEST_MISMATCH',
  'ENDPOINT_UNREACHABLE',
  'IMAGE_MISSING',
  'IMAGE_UNSUPPORTED',
  'KEY_UNUSABLE',
  'LAYERS_MISSING',
  'PLATFORM_MISSING',
  'POLICY_INVALID',
  'PROXY_INVALID',
  'QUOTA_EXCEEDED',
  'REGION_INVALID',
  'REGION_MISSING',
  'REQUEST_REFUSED',
  'REPOSITORY_CONFLICT',
  'REPOSITORY_INVALID',
  'REPOSITORY_MISSING',
  'SCAN_FINDINGS',
  'SCAN_INCOMPLETE',
  'TAG_IMMUTABLE',
  'TAG_INVALID',
  'THROTTLED',
  'UPLOAD_FAILED',
  'VERIFICATION_FAILED',
] as const;

/** One of them. */
export type EcrErrorCode = (typeof ecrErrorCodes)[number];

/** Holds what is known beside the message, as fields of the error, and the error underneath. */
export interface EcrErrorFacts {
  readonly region?: string | undefined;
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  /** The IAM action that is missing, for example `ecr:PutImage`. */
  readonly action?: string | undefined;
  /** The ARN that the action is missing for. */
  readonly resource?: string | undefined;
  readonly cause?: unknown;
}

/** A failure of the publisher; decide on `code`. */
export class EcrError extends Error {
  override readonly name = 'EcrError';
  readonly code: EcrErrorCode;
  declare readonly region?: EcrErrorFacts['region'];
  declare readonly repository?: EcrErrorFacts['repository'];
  declare readonly tag?: EcrErrorFacts['tag'];
  declare readonly digest?: EcrErrorFacts['digest'];
  declare readonly action?: EcrErrorFacts['action'];
  declare readonly resource?: EcrErrorFacts['resource'];

  constructor(code: EcrErrorCode, message: string, { cause, ...facts }: EcrErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
