/** Everything that can go wrong between a request and its reply, and the HTTP status of each. */

import type { CodecErrorCode } from '@optml/codecs';

export const serveErrorCodes = [
  'ACCEPT_UNSATISFIABLE',
  'BODY_INCOMPLETE',
  'BODY_NOT_STORED',
  'BODY_TOO_LARGE',
  'BODY_TOO_SLOW',
  'CLIENT_LEFT',
  'CONTENT_ENCODING_UNSUPPORTED',
  'CONTENT_TYPE_MISSING',
  'CONTENT_TYPE_UNSUPPORTED',
  'CUSTOM_ATTRIBUTES_INVALID',
  'DEFAULT_ACCEPT_INVALID',
  'INPUT_INVALID',
  'INTERNAL',
  'INVOCATION_TIMEOUT',
  'LISTEN_FAILED',
  'METHOD_NOT_ALLOWED',
  'MODEL_LOAD_FAILED',
  'MODEL_NOT_READY',
  'PREDICTION_INVALID',
  'PREDICTION_UNENCODABLE',
  'PREDICTOR_FAILED',
  'PREDICTOR_IMPORT_FAILED',
  'PREDICTOR_INVALID',
  'PREDICTOR_NOT_FOUND',
  'QUEUE_FULL',
  'REPLY_HEADER_INVALID',
  'REQUEST_QUARANTINED',
  'ROUTE_NOT_FOUND',
  'SERVER_CLOSED',
  'WARM_UP_FAILED',
  'WORKER_EXITED',
] as const;

export type ServeErrorCode = (typeof serveErrorCodes)[number];

/** What is known of a failure besides its code and its message. */
export interface ServeErrorOptions {
  readonly cause?: unknown;
  readonly record?: number;
}

/** A failure with a reason that is fit for the client and, through `cause`, for the log. */
export class ServeError extends Error {
  override readonly name = 'ServeError';
  readonly code: ServeErrorCode;
  /** Zero-based index of the record of the request that is at fault, where one is. */
  readonly record?: number;

  constructor(code: ServeErrorCode, message: string, options: ServeErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.record !== undefined) this.record = options.record;
  }
}

/** A new code of either package without a status is a type error. */
const statuses: Readonly<Record<ServeErrorCode | CodecErrorCode, number>> = {
  ACCEPT_UNSATISFIABLE: 406,
  BODY_EMPTY: 400,
  BODY_INCOMPLETE: 400,
  BODY_NOT_STORED: 500,
  BODY_TOO_LARGE: 413,
  BODY_TOO_SLOW: 408,
  CHARSET_UNSUPPORTED: 415,
  // Nobody reads it: nginx's number, for the log.
  CLIENT_LEFT: 499,
  CONTENT_ENCODING_UNSUPPORTED: 415,
  CONTENT_TYPE_MISSING: 415,
  CONTENT_TYPE_UNSUPPORTED: 415,
  CSV_MALFORMED: 400,
  CSV_NOT_NUMERIC: 400,
  CSV_RAGGED: 400,
  CSV_UNENCODABLE: 406,
  CUSTOM_ATTRIBUTES_INVALID: 400,
  DEFAULT_ACCEPT_INVALID: 500,
  INPUT_INVALID: 400,
  INTERNAL: 500,
  INVOCATION_TIMEOUT: 504,
  JSON_MALFORMED: 400,
  JSON_UNENCODABLE: 500,
  LIBSVM_MALFORMED: 400,
  LIBSVM_UNENCODABLE: 406,
  LISTEN_FAILED: 500,
  MEDIA_TYPE_MALFORMED: 415,
  METHOD_NOT_ALLOWED: 405,
  MODEL_LOAD_FAILED: 500,
  MODEL_NOT_READY: 503,
  NPY_MALFORMED: 400,
  NPY_UNENCODABLE: 406,
  NPY_UNSUPPORTED: 400,
  NPZ_MALFORMED: 400,
  NPZ_UNENCODABLE: 406,
  NPZ_UNSUPPORTED: 400,
  NUMBER_LOSSY: 400,
  OCTETS_UNENCODABLE: 406,
  PREDICTION_INVALID: 500,
  PREDICTION_UNENCODABLE: 500,
  PREDICTOR_FAILED: 500,
  PREDICTOR_IMPORT_FAILED: 500,
  PREDICTOR_INVALID: 500,
  PREDICTOR_NOT_FOUND: 500,
  PROTOBUF_MALFORMED: 400,
  PROTOBUF_UNENCODABLE: 406,
  QUEUE_FULL: 503,
  RECORDIO_MALFORMED: 400,
  RECORDIO_TRUNCATED: 400,
  RECORDIO_UNENCODABLE: 406,
  RECORD_TOO_LARGE: 413,
  REPLY_HEADER_INVALID: 500,
  // It is this request that cannot be processed, not the server that is broken.
  REQUEST_QUARANTINED: 422,
  ROUTE_NOT_FOUND: 404,
  SERVER_CLOSED: 503,
  TEXT_NOT_IN_CHARSET: 400,
  TEXT_NOT_UTF8: 400,
  TEXT_UNENCODABLE: 406,
  WARM_UP_FAILED: 500,
  WORKER_EXITED: 500,
};

/** Gives the HTTP status of a code of `ServeError` or `CodecError`; 500 for any other, which is a bug. */
export function statusOf(code: string): number {
  return Object.hasOwn(statuses, code) ? statuses[code as ServeErrorCode] : 500;
}

/** An error whose message is meant for the client. */
export type KnownError = Error & { readonly code: string; readonly record?: number | undefined };

/** True for errors whose `code` is in the table: their message is meant for the client. */
export function isKnownError(error: unknown): error is KnownError {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && Object.hasOwn(statuses, code);
}
