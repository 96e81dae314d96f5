/** What becomes of a body before the author's schema sees it. */

import type { SparseOptions } from './sparse-rows.ts';

/** A decoded body, before the schema has seen it. */
export interface DecodedBody {
  /** What the instances are called in messages: `instances`, or the key that held them. */
  readonly name: string;
  /** The instances; of csv, with the numbers as numbers. */
  readonly instances: unknown;
  /** Of csv, gives every cell as it was written: read when a schema asks for text, which it mostly does not. */
  readonly readCells?: (() => readonly (readonly string[])[]) | undefined;
  /** True for the fields and files of a form by their names: of texts, what they mean is the schema's choice. */
  readonly isForm?: true | undefined;
  /** True for a JSON document that holds no instances under a key of its own: it is taken for them whole. */
  readonly isWhole?: boolean | undefined;
  /** True where the instances are known to be rows of finite numbers. */
  readonly areNumberRows?: boolean | undefined;
  /** True where there may be texts among the instances for numbers that a double cannot hold. */
  readonly hasLossyNumbers?: boolean | undefined;
}

/** What a predictor says of arrays. */
export interface ArrayOptions {
  readonly arrays?: 'lists' | 'packed' | undefined;
  readonly sparse?: SparseOptions | undefined;
}

/** What is known of a body beside its type. */
export interface BodyOptions extends ArrayOptions {
  /** How many columns a body of csv has; default as many as its first row. */
  readonly csvColumns?: number | undefined;
}

export interface ReadOptions extends BodyOptions {
  /** Those of the content type. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What becomes of integers that a double cannot hold; packed arrays hold them. */
  readonly lossyNumbers: 'refuse' | 'text';
}

/** The server has bounded the whole body already. */
export const maximumRecordBytes = Number.POSITIVE_INFINITY;
