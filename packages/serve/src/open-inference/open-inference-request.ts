/** Reads an inference request of the Open Inference Protocol v2. Source: kserve/open-inference-protocol, `inference_rest.md`. */

import { jsonCodec, type NdArray } from '@optml/codecs';
import { toLists } from '@optml/codecs/arrays';
import { isLossyNumber } from '@optml/codecs/text';
import { summarize } from '@optml/contract/summarize';
import { z } from 'zod';
import { readLossy } from '../bodies/decode-body.ts';
import { type DecodedBody, maximumRecordBytes } from '../bodies/decoded-body.ts';
import { ServeError } from '../errors/errors.ts';
import { describeProblems } from '../validation/describe-problems.ts';
import { parseInPieces } from '../validation/parse-in-pieces.ts';
import { datatypes, isElement } from './datatypes.ts';

/** A request in the words of a predictor. */
export interface OpenInferenceRequest {
  readonly id: string | undefined;
  /** The only input, or all inputs by name; lists within lists, as their shapes say. */
  readonly decoded: DecodedBody;
  /** Names of the outputs that are asked for; all where there are none. */
  readonly outputs: readonly string[] | undefined;
}

/** Made for the first request: making it takes zod 4 ms, which a start without the protocol need not wait for. */
const createRequestSchema = () =>
  z.object({
    id: z.string().optional(),
    inputs: z
      .array(
        z.object({
          name: z.string(),
          shape: z.array(z.number().int().min(0)),
          datatype: z.enum(datatypes),
          data: z.array(z.unknown()),
        }),
      )
      .min(1),
    outputs: z.array(z.object({ name: z.string() })).optional(),
  });

type RequestSchema = ReturnType<typeof createRequestSchema>;
type Input = z.infer<RequestSchema>['inputs'][number];

let requestSchema: RequestSchema | undefined;

/**
 * Reads the body of a request.
 *
 * @throws CodecError `JSON_MALFORMED`, `NPY_UNSUPPORTED`; ServeError `INPUT_INVALID`
 */
export function readOpenInferenceRequest(body: string | Uint8Array): OpenInferenceRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  // Integers of 64 bits may be more than a double can hold.
  const { read: document, isLossy: hasLossyNumbers } = readLossy((lossyNumbers) =>
    jsonCodec.decode(bytes, { maximumRecordBytes, lossyNumbers }),
  );
  assertInPlace(document);
  requestSchema ??= createRequestSchema();
  const parsed = parseInPieces(requestSchema, document);
  if (!parsed.success) {
    const { issues, isCut } = parsed;
    const message = describeProblems(issues, { name: 'request', value: document, isCut });
    throw new ServeError('INPUT_INVALID', message);
  }
  const { data } = parsed;
  assertNamedOnce(data.inputs);
  const inputs = data.inputs.map((input, index) => [input.name, readInput(input, index)] as const);
  const [first] = inputs;
  const instances = inputs.length === 1 ? first?.[1] : Object.fromEntries(inputs);
  return {
    id: data.id,
    decoded: { name: 'inputs', instances, hasLossyNumbers },
    outputs: data.outputs?.map(({ name }) => name),
  };
}

/** Data that is not in the request has no place where the schema says that it is missing. */
function assertInPlace(document: unknown): void {
  const { inputs } = (document ?? {}) as { readonly inputs?: unknown };
  if (!Array.isArray(inputs)) return;
  const index = inputs.findIndex((input) => input?.parameters && input.data === undefined);
  if (index === -1) return;
  const where = Object.keys(inputs[index].parameters).find((key) => Object.hasOwn(elsewhere, key));
  if (where === undefined) return;
  const message = `request.inputs[${index}] has its data ${elsewhere[where]} ("${where}"), an extension that is not supported: send it as JSON, in data`;
  throw new ServeError('INPUT_INVALID', message);
}

const elsewhere: Readonly<Record<string, string>> = {
  binary_data_size: 'in binary',
  shared_memory_region: 'in shared memory',
};

function assertNamedOnce(inputs: readonly Input[]): void {
  const names = new Set<string>();
  for (const [index, { name }] of inputs.entries()) {
    if (names.has(name)) {
      const message = `request.inputs[${index}] has the same name as another input, ${JSON.stringify(name)}: give each its own name`;
      throw new ServeError('INPUT_INVALID', message);
    }
    names.add(name);
  }
}

/** Data may be flat or nested: the shape says which list an element belongs to. */
function readInput({ name, shape, datatype, data }: Input, index: number): unknown {
  const values = data.flat(Number.POSITIVE_INFINITY);
  const count = shape.reduce((product, length) => product * length, 1);
  const place = `inputs[${index}] (${JSON.stringify(name)})`;
  if (values.length !== count) {
    const message = `${place} has ${values.length} elements, the shape [${shape.join(', ')}] needs ${count}`;
    throw new ServeError('INPUT_INVALID', message);
  }
  const wrong = values.findIndex((value) => !isElement(value, datatype));
  if (wrong !== -1) {
    const value = values[wrong];
    const quoted = typeof value === 'string' && isLossyNumber(value) ? value : quote(value);
    const message = `${place} has ${quoted.slice(0, 60)} as element ${wrong}, which is not ${datatype}`;
    throw new ServeError('INPUT_INVALID', message);
  }
  // The elements are what they are in JSON: no type of numpy's is read into them.
  return toLists({ type: 'text', shape, values } as NdArray);
}

function quote(value: unknown): string {
  return JSON.stringify(summarize(value, { maximumCharacters: 60 }));
}
