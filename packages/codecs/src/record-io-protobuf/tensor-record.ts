/** The records of `aialgs.data`, SageMaker's protobuf for training data, as typed arrays. */

import { count } from '../codec/message-parts.ts';

/** Holds the features and labels of one record, each under its name; SageMaker names the only one `values`. */
export interface TensorRecord {
  readonly features: Readonly<Record<string, RecordValue>>;
  readonly label: Readonly<Record<string, RecordValue>>;
  readonly uid?: string | undefined;
  readonly metadata?: string | undefined;
  readonly configuration?: string | undefined;
}

/** Holds what may be written as a record: any part of one. */
export type EncodableTensorRecord = Partial<TensorRecord>;

/** Holds a tensor (`'values' in value`) or bytes (`'bytes' in value`). */
export type RecordValue = Tensor | BytesValue;

/** Holds numbers: all of them in the order of the shape, or with keys those that are not zero. */
export interface Tensor {
  /** A float32, float64 or int32 tensor by its class. */
  readonly values: Float32Array | Float64Array | Int32Array;
  /**
   * Of a sparse tensor: for each value its place in the flattened shape, from zero; whole numbers below 2^53.
   * A record without values but with a shape is a sparse one that is all zero: it has keys, and none in them.
   */
  readonly keys?: Float64Array | undefined;
  /** Size along each dimension. A sparse tensor always has one. */
  readonly shape?: readonly number[] | undefined;
}

/** Holds bytes that mean what their content type says, as the image of a record. */
export interface BytesValue {
  readonly bytes: readonly Uint8Array[];
  readonly contentType?: string | undefined;
}

/** Says what of keys, shape and values does not agree; undefined when all do. */
export function findTensorFault({ values, keys, shape }: Tensor): string | undefined {
  const size = shape?.reduce((product, length) => product * length, 1);
  if (shape?.every(isWhole) === false) {
    return `has the invalid shape [${quoteShape(shape)}]: expected whole numbers below 2^53`;
  }
  if (keys === undefined) {
    if (size === undefined || size === values.length) return undefined;
    return `has ${count(values.length, 'value')} for the shape [${quoteShape(shape)}]`;
  }
  if (size === undefined) return 'has keys but no shape, which a sparse tensor needs';
  if (keys.length !== values.length)
    return `has ${count(keys.length, 'key')} for ${count(values.length, 'value')}`;
  const outside = keys.find((key) => !isWhole(key) || key >= size);
  if (outside === undefined) return undefined;
  return `has the key ${outside} outside the shape [${quoteShape(shape)}]`;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function quoteShape(shape: readonly number[] = []): string {
  const shown = shape.slice(0, 4).join(', ');
  return shape.length > 4 ? `${shown}, ...` : shown;
}
