/** A failure that the fake ECR answers with, by the name that the API model gives it. */

/** Thrown by an operation; the faces turn it into their own form of an error. */
export class EcrFailure extends Error {
  override readonly name = 'EcrFailure';
  /** For example `RepositoryNotFoundException`. */
  readonly type: string;
  readonly status: number;
  /** Members of the exception beside its message, as `lastValidByteReceived`. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    type: string,
    message: string,
    { status = 400, fields = {} }: Partial<Pick<EcrFailure, 'status' | 'fields'>> = {},
  ) {
    super(message);
    this.type = type;
    this.status = status;
    this.fields = fields;
  }
}
