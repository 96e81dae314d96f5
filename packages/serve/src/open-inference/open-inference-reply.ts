/** Writes an inference reply of the Open Inference Protocol v2. */

import { CodecError, type NdArray } from '@optml/codecs';
import {
  callToJson,
  type ElementType,
  isNdArray,
  nameForeign,
  toNdArray,
  unpackValue,
} from '@optml/codecs/arrays';
import { type EncodedPrediction, findUnencodable } from '../bodies/encode-prediction.ts';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import type { OpenInferenceModel } from '../invocation/invocation.ts';
import type { OpenInferenceRequest } from './open-inference-request.ts';

/**
 * Writes a prediction as tensors: one, `predictions`, of lists or a typed array; one for each member of an object.
 *
 * @throws ServeError `INPUT_INVALID`, `PREDICTION_UNENCODABLE`
 */
export function writeOpenInferenceReply(
  prediction: unknown,
  request: OpenInferenceRequest,
  model: OpenInferenceModel,
): EncodedPrediction {
  try {
    return writeReply(prediction, request, model);
  } catch (cause) {
    if (cause instanceof ServeError) throw cause;
    // The author's own objects may throw at any look.
    throw findUnencodable(prediction) ?? createUnencodableError(describeThrown(cause), cause);
  }
}

function writeReply(
  prediction: unknown,
  { id, outputs: wanted }: OpenInferenceRequest,
  { modelName, modelVersion }: OpenInferenceModel,
): EncodedPrediction {
  const tensors = listTensors(prediction);
  const missing = wanted?.find((name) => !tensors.some(([known]) => known === name));
  if (missing !== undefined) {
    const known = tensors
      .slice(0, 20)
      .map(([name]) => name)
      .join(', ');
    const message = `the output ${JSON.stringify(missing)} does not exist: ask for ${known}, or for none to get all`;
    throw new ServeError('INPUT_INVALID', message);
  }
  const outputs = tensors
    .filter(([name]) => wanted === undefined || wanted.length === 0 || wanted.includes(name))
    .map(([name, value]) => writeTensor(name, value));
  const body = JSON.stringify({ model_name: modelName, model_version: modelVersion, id, outputs });
  return { contentType: 'application/json', body };
}

/** Members that are `undefined` are left out, as JSON leaves them out. */
function listTensors(given: unknown): [name: string, value: unknown][] {
  const prediction = callToJson(given);
  const isNamed =
    typeof prediction === 'object' &&
    prediction !== null &&
    !Array.isArray(prediction) &&
    !ArrayBuffer.isView(prediction) &&
    !isNdArray(prediction);
  if (!isNamed) return [['predictions', prediction]];
  const foreign = nameForeign(prediction);
  if (foreign !== undefined) throw createUnencodableError(`it is ${foreign}`);
  return Object.entries(prediction).filter(([, value]) => value !== undefined);
}

function writeTensor(name: string, value: unknown) {
  const { type, shape, values } = toTensor(name, value);
  // A single element is a tensor of one.
  const tensor = { name, shape: shape.length === 0 ? [1] : shape, datatype: nameDatatype(type) };
  const elements = unpackValue(values) as readonly (number | bigint | string)[];
  if (type === 'bool') return { ...tensor, data: elements.map((element) => element === 1) };
  const wrong = elements.findIndex((element) => typeof element !== 'string' && !Number.isFinite(element));
  if (wrong === -1) return { ...tensor, data: elements };
  const what = `element ${wrong} of ${JSON.stringify(name)} is ${elements[wrong]}, which JSON cannot hold`;
  throw createUnencodableError(what);
}

/** The names of the protocol are those of numpy in other letters. */
function nameDatatype(type: ElementType): string {
  if (type === 'text' || type === 'bytes') return 'BYTES';
  return type.replace('float', 'fp').toUpperCase();
}

function toTensor(name: string, value: unknown): NdArray {
  try {
    return toNdArray(value);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw createUnencodableError(`${JSON.stringify(name)}: ${cause.message}`, cause);
  }
}

function createUnencodableError(what: string, cause?: unknown): ServeError {
  const message = `the prediction cannot be written: ${what}`;
  return new ServeError('PREDICTION_UNENCODABLE', message, { cause });
}
