/** Everything that can go wrong in `optml` itself, and the exit code that each of it means. */

/** Every code that a `CliError` can have. */
export const cliErrorCodes = [
  'USAGE',
  'INPUT_INVALID',
  'HYPERPARAMETER_INVALID',
  'ROOT_UNUSABLE',
  'PROJECT_INVALID',
  'PROJECT_MISSING',
  'PROJECT_NOT_WRITTEN',
  'FOLDER_NOT_EMPTY',
  'CONFIG_INVALID',
  'DATA_UNREADABLE',
  'ROOT_IN_USE',
  'ROOT_NOT_WRITTEN',
  'COMMAND_NOT_STARTED',
  'TRAINING_FAILED',
  'TRAINING_STOPPED',
  'MODEL_MISSING',
  'MODEL_INVALID',
  'MODEL_NOT_WRITTEN',
  'PORT_TAKEN',
  'SERVER_FAILED',
  'SERVER_UNREACHABLE',
  'INVOCATION_FAILED',
  'BASE_UNUSABLE',
  'LOGIN_UNREADABLE',
  'BUNDLE_FAILED',
  'CHECK_FAILED',
  'IMAGE_NOT_BUILT',
  'LINT_FAILED',
  'PUBLISH_FAILED',
  'REPAIR_FAILED',
  'EXPLANATION_UNKNOWN',
  'DOCTOR_FAILED',
] as const;

/** One of them. */
export type CliErrorCode = (typeof cliErrorCodes)[number];

/** 1: the operation failed; 2: it was asked for wrongly. */
export const exitCodes: Readonly<Record<CliErrorCode, 1 | 2>> = {
  USAGE: 2,
  INPUT_INVALID: 2,
  HYPERPARAMETER_INVALID: 2,
  ROOT_UNUSABLE: 2,
  PROJECT_INVALID: 2,
  PROJECT_MISSING: 2,
  PROJECT_NOT_WRITTEN: 1,
  FOLDER_NOT_EMPTY: 2,
  CONFIG_INVALID: 2,
  DATA_UNREADABLE: 2,
  ROOT_IN_USE: 1,
  ROOT_NOT_WRITTEN: 1,
  COMMAND_NOT_STARTED: 1,
  TRAINING_FAILED: 1,
  TRAINING_STOPPED: 1,
  MODEL_MISSING: 1,
  MODEL_INVALID: 1,
  MODEL_NOT_WRITTEN: 1,
  PORT_TAKEN: 1,
  SERVER_FAILED: 1,
  SERVER_UNREACHABLE: 1,
  INVOCATION_FAILED: 1,
  BASE_UNUSABLE: 2,
  LOGIN_UNREADABLE: 1,
  BUNDLE_FAILED: 1,
  CHECK_FAILED: 1,
  IMAGE_NOT_BUILT: 1,
  LINT_FAILED: 1,
  PUBLISH_FAILED: 1,
  REPAIR_FAILED: 1,
  EXPLANATION_UNKNOWN: 1,
  DOCTOR_FAILED: 1,
};

/** What went wrong, in words for the person at the terminal and in fields for a program. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  /** Stand beside code and message in the JSON form. */
  readonly facts: Readonly<Record<string, string | number | readonly object[] | undefined>>;

  constructor(
    code: CliErrorCode,
    message: string,
    { facts = {}, ...options }: ErrorOptions & Partial<Pick<CliError, 'facts'>> = {},
  ) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }
}
