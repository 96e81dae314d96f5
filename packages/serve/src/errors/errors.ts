/** Everything that can go wrong between a request and its reply, and the HTTP status of each. */

import type { CodecErrorCode } from '@optml/codecs';

const serveStatuses = {
  ACCEPT_UNSATISFIABLE: 406,
  ADAPTER_ALREADY_LOADED: 409,
  // As a container of AWS's answers for weights that it cannot use.
  ADAPTER_LOAD_FAILED: 424,
  ADAPTER_LOAD_TIMEOUT: 504,
  ADAPTER_NOT_FOUND: 404,
  ADAPTER_REQUEST_INVALID: 400,
  ADAPTER_UNLOADED: 409,
  BODY_INCOMPLETE: 400,
  BODY_NOT_STORED: 500,
  BODY_TOO_LARGE: 413,
  BODY_TOO_SLOW: 408,
  // Nobody reads it: nginx's number, for the log.
  CLIENT_LEFT: 499,
  CONTENT_ENCODING_UNSUPPORTED: 415,
  CONTENT_TYPE_MISSING: 415,
  CONTENT_TYPE_UNSUPPORTED: 415,
  CUSTOM_ATTRIBUTES_INVALID: 400,
  DEFAULT_ACCEPT_INVALID: 500,
  EXPECTATION_UNSUPPORTED: 417,
  FORM_MALFORMED: 400,
  HEADERS_TOO_LARGE: 431,
  HEADERS_TOO_SLOW: 408,
  INPUT_INVALID: 400,
  INTERNAL: 500,
  INVOCATION_TIMEOUT: 504,
  LISTEN_FAILED: 500,
  // The platform unloads other models then, and tries again.
  MEMORY_INSUFFICIENT: 507,
  METHOD_NOT_ALLOWED: 405,
  MODEL_ALREADY_LOADED: 409,
  MODEL_LOAD_FAILED: 500,
  MODEL_LOAD_TIMEOUT: 504,
  MODEL_NOT_FOUND: 404,
  MODEL_NOT_READY: 503,
  MODEL_REQUEST_INVALID: 400,
  MODEL_UNLOADED: 409,
  OPTIONS_INVALID: 500,
  PREDICTION_INVALID: 500,
  PREDICTION_UNENCODABLE: 500,
  PREDICTOR_FAILED: 500,
  PREDICTOR_IMPORT_FAILED: 500,
  PREDICTOR_INVALID: 500,
  PREDICTOR_NOT_FOUND: 500,
  QUEUE_FULL: 503,
  REPLY_HEADER_INVALID: 500,
  REPLY_NOT_STORED: 500,
  REQUEST_MALFORMED: 400,
  // It is this request that cannot be processed, not the server that is broken.
  REQUEST_QUARANTINED: 422,
  ROUTE_NOT_ALLOWED: 403,
  ROUTE_NOT_FOUND: 404,
  SERVER_CLOSED: 503,
  SESSIONS_DISABLED: 400,
  SESSIONS_FULL: 503,
  SESSION_LOST: 400,
  SESSION_NOT_FOUND: 400,
  SESSION_REQUEST_INVALID: 400,
  UPGRADE_REQUIRED: 426,
  WARM_UP_FAILED: 500,
  WEBSOCKET_INVALID: 400,
  WORKER_EXITED: 500,
  // Of several models, the platform unloads others then, and tries again.
  WORKER_OUT_OF_MEMORY: 507,
} as const;

/** Those of bodies; a code of codecs without a status is a type error. */
const codecStatuses: Readonly<Record<CodecErrorCode, number>> = {
  BODY_EMPTY: 400,
  CHARSET_UNSUPPORTED: 415,
  CSV_MALFORMED: 400,
  CSV_NOT_NUMERIC: 400,
  CSV_RAGGED: 400,
  CSV_UNENCODABLE: 406,
  JSON_MALFORMED: 400,
  JSON_UNENCODABLE: 500,
  LIBSVM_MALFORMED: 400,
  LIBSVM_UNENCODABLE: 406,
  MEDIA_TYPE_MALFORMED: 415,
  NPY_MALFORMED: 400,
  NPY_UNENCODABLE: 406,
  NPY_UNSUPPORTED: 400,
  NPZ_MALFORMED: 400,
  NPZ_UNENCODABLE: 406,
  NPZ_UNSUPPORTED: 400,
  NUMBER_LOSSY: 400,
  OCTETS_UNENCODABLE: 406,
  PROTOBUF_MALFORMED: 400,
  PROTOBUF_UNENCODABLE: 406,
  RECORDIO_MALFORMED: 400,
  RECORDIO_TRUNCATED: 400,
  RECORDIO_UNENCODABLE: 406,
  RECORD_TOO_LARGE: 413,
  TEXT_NOT_IN_CHARSET: 400,
  TEXT_NOT_UTF8: 400,
  TEXT_UNENCODABLE: 406,
};

/** Lists every code a `ServeError` can carry. */
export const serveErrorCodes = Object.keys(serveStatuses) as readonly (keyof typeof serveStatuses)[];

/** Names one of the codes in `serveErrorCodes`. */
export type ServeErrorCode = (typeof serveErrorCodes)[number];

/** Holds what is known beside the message, as fields of the error, and the error underneath. */
export interface ServeErrorFacts {
  /** Zero-based index of the record of the request that is at fault, where one is. */
  readonly record?: number | undefined;
  /** The member of a request for chat completions that is at fault, for example `messages[0].role`. */
  readonly param?: string | undefined;
  readonly cause?: unknown;
}

/** A failure with a reason that is fit for the client and, through `cause`, for the log; decide on `code`. */
export class ServeError extends Error {
  override readonly name = 'ServeError';
  readonly code: ServeErrorCode;
  declare readonly record?: ServeErrorFacts['record'];
  declare readonly param?: ServeErrorFacts['param'];

  constructor(code: ServeErrorCode, message: string, { cause, ...facts }: ServeErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}

const statuses: Readonly<Record<string, number>> = { ...serveStatuses, ...codecStatuses };

/** Gives the HTTP status of a code of `ServeError` or `CodecError`; 500 for any other, which is a bug. */
export function statusOf(code: string): number {
  return Object.hasOwn(statuses, code) ? (statuses[code] as number) : 500;
}

/** An error whose message is meant for the client. */
export type KnownError = Error & {
  readonly code: string;
  readonly record?: number | undefined;
  readonly param?: string | undefined;
};

/** True for errors whose `code` is in the table: their message is meant for the client. */
export function isKnownError(error: unknown): error is KnownError {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && Object.hasOwn(statuses, code);
}
