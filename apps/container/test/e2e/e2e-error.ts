/** What keeps the end-to-end tests from running, in words that say what to do. */

export type E2eErrorCode =
  | 'BASE_IMAGE_MISSING'
  | 'BUILD_FAILED'
  | 'DISK_FULL'
  | 'ENGINE_FORBIDDEN'
  | 'ENGINE_MISSING'
  | 'ENGINE_NOT_STARTED'
  | 'ENGINE_UNREACHABLE'
  | 'INSTALL_FAILED'
  | 'REGISTRY_MISSING';

/** Its message is all that is shown. */
export class E2eError extends Error {
  override readonly name = 'E2eError';
  readonly code: E2eErrorCode;

  constructor(code: E2eErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
