/** Predictions as records of SageMaker's protobuf: numbers in the label map, as its own algorithms answer. */

import { CodecError, type EncodableTensorRecord, type Tensor } from '@optml/codecs';
import { callToJson, isNdArray, nameForeign, unpackValue } from '@optml/codecs/arrays';

/**
 * Gives a record for each prediction: a number, a list of them or an array under `values`, an object of such under its own
 * names; records stay as they are. Lists become float32; a `Float64Array` or an `Int32Array` stays what it is.
 *
 * @throws CodecError `PROTOBUF_UNENCODABLE`
 */
export function toTensorRecords(predictions: readonly unknown[]): EncodableTensorRecord[] {
  return Array.from(predictions, (given, record) => {
    const prediction = callToJson(given);
    if (!isNamed(prediction)) return { label: { values: toTensor(prediction, record) } };
    if (isRecord(prediction)) return prediction;
    const foreign = nameForeign(prediction);
    if (foreign !== undefined) throw createError(`is ${foreign}`, record);
    // As in JSON, a member that is `undefined` is absent.
    const entries = Object.entries(prediction).filter(([, value]) => value !== undefined);
    return { label: Object.fromEntries(entries.map(([name, value]) => [name, toTensor(value, record)])) };
  });
}

/** True for an object that is neither a list nor an array. */
function isNamed(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !ArrayBuffer.isView(value) && !isNdArray(value);
}

const recordMembers = ['features', 'label', 'uid', 'metadata', 'configuration'];

/** A prediction may call a number `label`, too; of what a record does not know it would lose the rest. */
function isRecord(value: object): value is EncodableTensorRecord {
  const { features, label } = value as EncodableTensorRecord;
  return (
    (isNamed(features) || isNamed(label)) && Object.keys(value).every((key) => recordMembers.includes(key))
  );
}

function toTensor(given: unknown, record: number): Tensor {
  const value = callToJson(given);
  if (isTensorValues(value)) return { values: value };
  if (isNdArray(value) && isTensorValues(value.values)) return { values: value.values, shape: value.shape };
  const list = unpackValue(value);
  const numbers: readonly unknown[] = Array.isArray(list) ? list : [list];
  for (const number of numbers) if (!isFloat(number)) throw createError(`holds ${describe(number)}`, record);
  return { values: Float32Array.from(numbers as number[]) };
}

function isTensorValues(value: unknown): value is Tensor['values'] {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;
}

/** Decimals are rounded, as everywhere, and a double beyond 2^53 has none to lose; a count would become another one. */
function isFloat(value: unknown): boolean {
  if (typeof value !== 'number') return false;
  const float = Math.fround(value);
  return Object.is(float, value) || (Number.isFinite(float) && !Number.isSafeInteger(value));
}

function describe(value: unknown): string {
  if (typeof value === 'number') return `${value}, which a float32 cannot hold (predict a Float64Array)`;
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object or a list' : `a ${typeof value}`;
}

function createError(what: string, record: number): CodecError {
  const message = `writing records: prediction ${record} (from zero) ${what}: a record can only hold numbers`;
  return new CodecError('PROTOBUF_UNENCODABLE', message, { record });
}
