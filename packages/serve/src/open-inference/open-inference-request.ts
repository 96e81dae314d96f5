/** Reads an inference request of the Open Inference Protocol v2. Source: kserve/open-inference-protocol, `inference_rest.md`. */

import { jsonCodec, type NdArray, parseMediaType, toLists } from '@optml/codecs';
import { z } from 'zod';
import { ServeError } from '../errors.ts';
import { describeProblems } from '../predictor/describe-problems.ts';
import { parseInPieces } from '../predictor/parse-in-pieces.ts';

/** Stands for the protocol where a content type is expected; a request carries it from the route to the predictor. */
const openInferenceType = 'application/vnd.optml.open-inference+json';

/** Whose model answers. */
export interface OpenInferenceModel {
  readonly modelName: string;
  readonly modelVersion?: string | undefined;
}

/** Writes the content type of a request to a model. */
export function writeOpenInferenceType({ modelName, modelVersion }: OpenInferenceModel): string {
  const version = modelVersion === undefined ? '' : `; version="${encodeURIComponent(modelVersion)}"`;
  return `${openInferenceType}; model="${encodeURIComponent(modelName)}"${version}`;
}

/** Reads the model out of a content type; `undefined` for any other content type. */
export function parseOpenInferenceType(header: string | undefined): OpenInferenceModel | undefined {
  if (header?.startsWith(openInferenceType) !== true) return undefined;
  const { model = '', version } = parseMediaType(header).parameters;
  return { modelName: decode(model), modelVersion: version === undefined ? undefined : decode(version) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A request in the words of a predictor. */
export interface OpenInferenceRequest {
  readonly id: string | undefined;
  /** The only input, or all inputs by name; lists within lists, as their shapes say. */
  readonly instances: unknown;
  /** Names of the outputs that are asked for; all where there are none. */
  readonly outputs: readonly string[] | undefined;
}

const integer = z.number().int();
const elements = {
  BOOL: z.boolean(),
  UINT8: integer,
  UINT16: integer,
  UINT32: integer,
  UINT64: integer,
  INT8: integer,
  INT16: integer,
  INT32: integer,
  INT64: integer,
  FP16: z.number(),
  FP32: z.number(),
  FP64: z.number(),
  BYTES: z.string(),
} as const;

const requestSchema = z.object({
  id: z.string().optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int().min(0)),
        datatype: z.enum(Object.keys(elements) as (keyof typeof elements)[]),
        data: z.array(z.unknown()),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.string() })).optional(),
});

type Input = z.infer<typeof requestSchema>['inputs'][number];

/**
 * Reads the body of a request.
 *
 * @throws CodecError `JSON_MALFORMED`, `NPY_UNSUPPORTED`; ServeError `INPUT_INVALID`
 */
export function readOpenInferenceRequest(body: string | Uint8Array): OpenInferenceRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const document = jsonCodec.decode(bytes, { maximumRecordBytes: Number.POSITIVE_INFINITY });
  const parsed = parseInPieces(requestSchema, document);
  if (!parsed.success) {
    const { issues, isCut } = parsed;
    throw new ServeError(
      'INPUT_INVALID',
      describeProblems(issues, { name: 'request', value: document, isCut }),
    );
  }
  const { data } = parsed;
  const inputs = data.inputs.map((input, index) => [input.name, readInput(input, index)] as const);
  const [first] = inputs;
  return {
    id: data.id,
    instances: inputs.length === 1 ? first?.[1] : Object.fromEntries(inputs),
    outputs: data.outputs?.map(({ name }) => name),
  };
}

/** Data may be flat or nested: the shape says which list an element belongs to. */
function readInput({ name, shape, datatype, data }: Input, index: number): unknown {
  const values = data.flat(Number.POSITIVE_INFINITY);
  const count = shape.reduce((product, length) => product * length, 1);
  const place = `inputs[${index}] (${JSON.stringify(name)})`;
  if (values.length !== count) {
    const message = `${place} has ${values.length} elements, the shape [${shape.join(', ')}] takes ${count}`;
    throw new ServeError('INPUT_INVALID', message);
  }
  const wrong = values.findIndex((value) => !elements[datatype].safeParse(value).success);
  if (wrong !== -1) {
    const value = JSON.stringify(values[wrong])?.slice(0, 60);
    throw new ServeError(
      'INPUT_INVALID',
      `${place} has ${value} as element ${wrong}, which is no ${datatype}`,
    );
  }
  // The elements are what they are in JSON: no type of numpy's is read into them.
  return toLists({ type: 'text', shape, values } as NdArray);
}
