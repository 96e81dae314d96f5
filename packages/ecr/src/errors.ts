/** Errors of publishing that the person at the terminal, or an account's administrator, can mend. */

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

/** What is known beside the message. */
export interface EcrErrorFacts {
  readonly region?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
  /** The IAM action that is missing, as in `ecr:PutImage`. */
  readonly action?: string;
  /** The ARN that the action is missing for. */
  readonly resource?: string;
}

/** A failure of the publisher; decide on `code`. */
export class EcrError extends Error {
  override readonly name = 'EcrError';
  readonly code: EcrErrorCode;
  readonly facts: EcrErrorFacts;

  constructor(
    code: EcrErrorCode,
    message: string,
    { facts = {}, ...options }: ErrorOptions & { readonly facts?: EcrErrorFacts } = {},
  ) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
}
