/** The one error class of the package and the closed set of its codes. */

/** Lists every code a `CodecError` can carry. */
export const codecErrorCodes = [
  'BODY_EMPTY',
  'CHARSET_UNSUPPORTED',
  'CSV_MALFORMED',
  'CSV_NOT_NUMERIC',
  'CSV_RAGGED',
  'CSV_UNENCODABLE',
  'JSON_MALFORMED',
  'JSON_UNENCODABLE',
  'LIBSVM_MALFORMED',
  'LIBSVM_UNENCODABLE',
  'MEDIA_TYPE_MALFORMED',
  'NPY_MALFORMED',
  'NPY_UNENCODABLE',
  'NPY_UNSUPPORTED',
  'NPZ_MALFORMED',
  'NPZ_UNENCODABLE',
  'NPZ_UNSUPPORTED',
  'NUMBER_LOSSY',
  'OCTETS_UNENCODABLE',
  'PROTOBUF_MALFORMED',
  'PROTOBUF_UNENCODABLE',
  'RECORDIO_MALFORMED',
  'RECORDIO_TRUNCATED',
  'RECORDIO_UNENCODABLE',
  'RECORD_TOO_LARGE',
  'TEXT_NOT_IN_CHARSET',
  'TEXT_NOT_UTF8',
  'TEXT_UNENCODABLE',
] as const;

/** Names one of the codes in `codecErrorCodes`. */
export type CodecErrorCode = (typeof codecErrorCodes)[number];

/** Holds where in a body the error stands, as far as it is known, as fields of the error, and the error underneath. */
export interface CodecErrorFacts {
  /** Zero-based index of the record (csv row, JSON line, RecordIO record). */
  readonly record?: number | undefined;
  /** One-based line of the body; of a csv row, the line it starts on. */
  readonly line?: number | undefined;
  /** One-based cell of a csv row, or character of a JSON line. */
  readonly column?: number | undefined;
  /** Zero-based byte of the body, where the format has bytes for its places and no lines. */
  readonly offset?: number | undefined;
  readonly cause?: unknown;
}

/** Reports a body, value or media type that cannot be decoded or encoded; decide on `code`. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;
  declare readonly record?: CodecErrorFacts['record'];
  declare readonly line?: CodecErrorFacts['line'];
  declare readonly column?: CodecErrorFacts['column'];
  declare readonly offset?: CodecErrorFacts['offset'];

  constructor(code: CodecErrorCode, message: string, { cause, ...facts }: CodecErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
