/** Writes an inference reply of the Open Inference Protocol v2. */

import { type ElementType, isNdArray, type NdArray, toNdArray } from '@optml/codecs';
import { ServeError } from '../errors.ts';
import type { EncodedPrediction } from '../predictor/encode-prediction.ts';
import type { OpenInferenceModel, OpenInferenceRequest } from './open-inference-request.ts';

const datatypes: Readonly<Record<ElementType, string>> = {
  bool: 'BOOL',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  text: 'BYTES',
  bytes: 'BYTES',
};

/**
 * Writes a prediction as tensors: one, `predictions`, of lists or a typed array; one for each member of an object.
 *
 * @throws CodecError `NPY_UNENCODABLE`; ServeError `INPUT_INVALID`, `PREDICTION_UNENCODABLE`
 */
export function writeOpenInferenceReply(
  prediction: unknown,
  { id, outputs: wanted }: OpenInferenceRequest,
  { modelName, modelVersion }: OpenInferenceModel,
): EncodedPrediction {
  const tensors = listTensors(prediction);
  const missing = wanted?.find((name) => !tensors.some(([known]) => known === name));
  if (missing !== undefined) {
    const known = tensors.map(([name]) => name).join(', ');
    const message = `the output ${JSON.stringify(missing)} does not exist: ask for ${known}, or for none to get all`;
    throw new ServeError('INPUT_INVALID', message);
  }
  const outputs = tensors
    .filter(([name]) => wanted === undefined || wanted.length === 0 || wanted.includes(name))
    .map(([name, value]) => writeTensor(name, value));
  const body = JSON.stringify({ model_name: modelName, model_version: modelVersion, id, outputs });
  return { contentType: 'application/json', body };
}

function listTensors(prediction: unknown): [name: string, value: unknown][] {
  const isNamed =
    typeof prediction === 'object' &&
    prediction !== null &&
    !Array.isArray(prediction) &&
    !ArrayBuffer.isView(prediction) &&
    !isNdArray(prediction);
  return isNamed ? Object.entries(prediction) : [['predictions', prediction]];
}

function writeTensor(name: string, value: unknown) {
  const { type, shape, values }: NdArray = isNdArray(value) ? value : toNdArray(value);
  const data = Array.from(values as ArrayLike<unknown>, (element) => writeElement(element, type, name));
  // A single element is a tensor of one.
  return { name, shape: shape.length === 0 ? [1] : shape, datatype: datatypes[type], data };
}

function writeElement(element: unknown, type: ElementType, name: string): unknown {
  if (type === 'bool') return element === 1;
  const value = typeof element === 'bigint' ? Number(element) : element;
  const isExact =
    typeof element === 'bigint'
      ? Number.isSafeInteger(value)
      : typeof value !== 'number' || Number.isFinite(value);
  if (isExact) return value;
  const message = `the prediction cannot be written: ${JSON.stringify(name)} holds ${String(element)}, which JSON cannot hold`;
  throw new ServeError('PREDICTION_UNENCODABLE', message);
}
