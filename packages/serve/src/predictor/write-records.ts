/** Predictions as records of SageMaker's protobuf: numbers in the label map, as its own algorithms answer. */

import { CodecError, type EncodableTensorRecord, type Tensor } from '@optml/codecs';

/**
 * Gives a record for each prediction: a number or a list of them under `values`, an object of such under its own
 * names; records stay as they are.
 *
 * @throws CodecError `PROTOBUF_UNENCODABLE`
 */
export function toTensorRecords(predictions: readonly unknown[]): EncodableTensorRecord[] {
  return predictions.map((prediction, record) => {
    if (typeof prediction !== 'object' || prediction === null || Array.isArray(prediction)) {
      return { label: { values: toTensor(prediction, record) } };
    }
    if ('features' in prediction || 'label' in prediction) return prediction as EncodableTensorRecord;
    const entries = Object.entries(prediction);
    return { label: Object.fromEntries(entries.map(([name, value]) => [name, toTensor(value, record)])) };
  });
}

function toTensor(value: unknown, record: number): Tensor {
  const numbers: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = numbers.findIndex((number) => typeof number !== 'number');
  if (wrong === -1) return { values: Float32Array.from(numbers as number[]) };
  const message = `writing records: prediction ${record} (from zero) holds ${describe(numbers[wrong])}, a record holds numbers only`;
  throw new CodecError('PROTOBUF_UNENCODABLE', message, { record });
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object or a list' : `a ${typeof value}`;
}
