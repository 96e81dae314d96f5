/** The two ends of an invocation, around the prediction: from body to instances, and from prediction to reply. */

import type { MediaType } from '@optml/codecs';
import { decodeText } from '@optml/codecs/text';
import { decodeBody } from '../bodies/decode-body.ts';
import type { DecodedBody } from '../bodies/decoded-body.ts';
import { type EncodedPrediction, encodePrediction, findUnencodable } from '../bodies/encode-prediction.ts';
import { readAs } from '../bodies/explain-body.ts';
import { formType } from '../bodies/form-type.ts';
import type { MediaTypes, ReplyType } from '../bodies/media-types.ts';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import type { InvocationRequest, OpenInferenceModel, WholeReply } from '../invocation/invocation.ts';
import { findMediaTypeFault, ReplyHeaders } from '../invocation/reply-headers.ts';
import { writeOpenInferenceReply } from '../open-inference/open-inference-reply.ts';
import { readOpenInferenceRequest } from '../open-inference/open-inference-request.ts';
import { describeProblems } from '../validation/describe-problems.ts';
import { parseInPieces } from '../validation/parse-in-pieces.ts';
import { validateInstances } from '../validation/validate-instances.ts';
import type { CompleteDefinition } from './define-predictor.ts';
import {
  type HookedDefinition,
  type HookedInstances,
  type HookedParts,
  hooked,
  WrittenReply,
} from './hooks.ts';
import type { LoadedPredictor } from './load-predictor.ts';

/** A request that is ready to be predicted. */
export interface PreparedInvocation {
  readonly contentType: string;
  readonly replyTypes: readonly ReplyType[];
  readonly instances: unknown;
  /** Writes the prediction where none of the reply types does. */
  readonly write?: ((prediction: unknown) => EncodedPrediction) | undefined;
  /** What the author has set for the reply, once that was asked for. */
  reply?: ReplyHeaders | undefined;
}

/** The bytes of a body, a string where they are ASCII; or what is read beforehand, as a form, or later, as a stream. */
export type ReadBody = string | Uint8Array | DecodedBody;

/** An empty body has no records, and neither has its answer; SageMaker's own XGBoost answers so, too. */
export const emptyReply: WholeReply = { status: 204, headers: {}, body: '' };

/**
 * Decodes and validates.
 *
 * @throws ServeError, CodecError: whatever is wrong with the request.
 */
export function prepareInvocation(
  { definition, isGenerator }: LoadedPredictor,
  request: InvocationRequest,
  body: ReadBody,
  mediaTypes: MediaTypes,
): PreparedInvocation {
  const { [hooked]: parts }: HookedDefinition = definition;
  const { contentType: header, accept, openInference, part } = request;
  if (isDecoded(body)) return prepareDecoded(definition, body, { header, accept, mediaTypes, isGenerator });
  if (openInference !== undefined) {
    if (isGenerator) throw createOpenInferenceError();
    return prepareOpenInference(definition, body, openInference);
  }
  if (parts !== undefined) return prepareForHooks(parts, request, body, { mediaTypes, isGenerator });
  const { input, arrays, sparse } = definition;
  const contentType = mediaTypes.resolveContentType(header);
  // Before predict: a reply that nobody accepts is not worth a prediction.
  const replyTypes = rankTypes(accept, contentType.type, { mediaTypes, isGenerator });
  const options = { arrays, sparse, csvColumns: part?.csvColumns };
  const read = () => validate(input, decodeBody(body, contentType, options));
  const instances = readAs(body, contentType, read);
  return { contentType: contentType.type, replyTypes, instances };
}

/** True for a form, and for a stream of bytes. */
function isDecoded(body: ReadBody): body is DecodedBody {
  return typeof body !== 'string' && !(body instanceof Uint8Array);
}

/** Fields and files are instances like any others; hooks that read bodies get the form as it was sent. */
function prepareDecoded(
  { input, [hooked]: parts }: HookedDefinition,
  decoded: DecodedBody,
  {
    header,
    accept,
    ...ranking
  }: Ranking & { readonly header: string | undefined; readonly accept: string | undefined },
): PreparedInvocation {
  const contentType = decoded.isForm ? formType : ranking.mediaTypes.resolveContentType(header).type;
  const replyTypes = parts?.ownsOutput === true ? [] : rankTypes(accept, contentType, ranking);
  if (parts === undefined) return { contentType, replyTypes, instances: validate(input, decoded) };
  const instances: HookedInstances = {
    input: decoded.instances,
    accept: ranking.mediaTypes.nameReplyType(accept),
  };
  return { contentType, replyTypes, instances };
}

/** True where the predictor takes the bytes of a body as they come. */
export function streamsBytes(
  { bytes, [hooked]: parts }: HookedDefinition,
  { contentType, openInference }: InvocationRequest,
  mediaTypes: MediaTypes,
): boolean {
  if (bytes !== 'stream' || parts !== undefined || openInference !== undefined) return false;
  try {
    return mediaTypes.resolveContentType(contentType).format.isBytes === true;
  } catch {
    // Said where the body is read.
    return false;
  }
}

interface Ranking {
  readonly mediaTypes: MediaTypes;
  readonly isGenerator: boolean;
}

/** Of a stream only whether there is a type at all: its first item decides which. */
function rankTypes(
  accept: string | undefined,
  contentType: string,
  { mediaTypes, isGenerator }: Ranking,
): readonly ReplyType[] {
  if (!isGenerator) return mediaTypes.rankReplyTypes(accept, contentType);
  mediaTypes.rankStreamTypes(accept, contentType);
  return [];
}

function validate(input: CompleteDefinition['input'], decoded: DecodedBody): unknown {
  try {
    return validateInstances(input, decoded);
  } catch (cause) {
    throw createSchemaError('input', cause);
  }
}

/** The protocol has one document for a reply. */
export function createOpenInferenceError(): ServeError {
  const message =
    'the predictor streams its predictions, which the Open Inference Protocol does not allow: use POST /invocations';
  return new ServeError('ACCEPT_UNSATISFIABLE', message);
}

/** The tensors of the Open Inference Protocol are instances like any others; hooks that read or write bodies have no part in them. */
function prepareOpenInference(
  { input, [hooked]: parts }: HookedDefinition,
  body: string | Uint8Array,
  model: OpenInferenceModel,
): PreparedInvocation {
  if (parts?.ownsInput === true || parts?.ownsOutput === true) {
    const message =
      'the predictor reads and writes bodies itself, which the Open Inference Protocol does not allow: use POST /invocations';
    throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
  }
  const request = readOpenInferenceRequest(body);
  const validated = validate(input, request.decoded);
  const instances = parts === undefined ? validated : { input: validated, accept: 'application/json' };
  return {
    contentType: 'application/json',
    replyTypes: [],
    instances,
    write: (prediction) => writeOpenInferenceReply(prediction, request, model),
  };
}

/** What hooks do not do themselves is done as for definitions. */
function prepareForHooks(
  { ownsInput, ownsOutput }: HookedParts,
  { contentType: header, accept, part }: InvocationRequest,
  body: string | Uint8Array,
  ranking: Ranking,
): PreparedInvocation {
  const { mediaTypes } = ranking;
  const type = ownsInput ? undefined : mediaTypes.resolveContentType(header);
  const { type: contentType, parameters } =
    type ?? mediaTypes.parseContentType(header ?? 'application/octet-stream');
  const replyTypes = ownsOutput ? [] : rankTypes(accept, contentType, ranking);
  const input =
    type === undefined
      ? toHookBody(body, contentType, parameters)
      : readAs(body, type, () => decodeBody(body, type, { csvColumns: part?.csvColumns }).instances);
  const instances: HookedInstances = { input, accept: mediaTypes.nameReplyType(accept) };
  return { contentType, replyTypes, instances };
}

/** @throws CodecError `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`, `CHARSET_UNSUPPORTED` */
function toHookBody(
  body: string | Uint8Array,
  contentType: string,
  parameters: MediaType['parameters'],
): string | Uint8Array {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const isText =
    contentType.startsWith('text/') || /[/+]json(?:l|lines)?$|-ndjson$|-jsonlines$/.test(contentType);
  return isText ? decodeText(bytes, { parameters }) : bytes;
}

/**
 * Validates a prediction and writes it.
 *
 * @throws ServeError `PREDICTION_INVALID`, `PREDICTION_UNENCODABLE`, `ACCEPT_UNSATISFIABLE`, `PREDICTOR_FAILED`.
 */
export function finishInvocation(
  { output }: CompleteDefinition,
  prediction: unknown,
  { replyTypes, write, reply }: PreparedInvocation,
): WholeReply {
  if (prediction instanceof WrittenReply) return writeReplyOfHooks(prediction, reply);
  const data = validatePrediction(output, prediction, 'prediction');
  const { contentType, body } = write?.(data) ?? writePrediction(data, replyTypes, reply);
  const headers = { 'content-type': contentType };
  return { status: 200, headers: reply === undefined ? headers : { ...headers, ...reply.headers }, body };
}

/**
 * Holds a prediction, or an item of one, against the author's schema.
 *
 * @throws ServeError `PREDICTION_INVALID`, `PREDICTION_UNENCODABLE`, `PREDICTOR_FAILED`
 */
export function validatePrediction(
  output: CompleteDefinition['output'],
  prediction: unknown,
  name: string,
): unknown {
  const result = parsePrediction(output, prediction);
  if (result.success) return result.data;
  const { issues, isCut } = result;
  const problems = describeProblems(issues, { name, value: prediction, isCut });
  const what = name === 'prediction' ? 'the prediction' : name;
  const message = `${what} does not fit the predictor's output schema: the log says where`;
  throw new ServeError('PREDICTION_INVALID', message, { cause: new Error(problems) });
}

function parsePrediction(output: CompleteDefinition['output'], prediction: unknown) {
  try {
    return parseInPieces(output, prediction);
  } catch (cause) {
    // A schema that calls itself does not come to the end of a prediction that holds itself.
    throw findUnencodable(prediction) ?? createSchemaError('output', cause);
  }
}

/** A schema has code of the author's in it: transforms, refinements, what it is given as a default. */
function createSchemaError(name: 'input' | 'output', cause: unknown): ServeError {
  if (cause instanceof ServeError) return cause;
  const message = `the ${name} schema of the predictor failed: ${describeThrown(cause)}`;
  return new ServeError('PREDICTOR_FAILED', message, { cause });
}

function writeReplyOfHooks({ body, contentType }: WrittenReply, reply?: ReplyHeaders): WholeReply {
  const headers = { 'content-type': reply?.contentType ?? assertMediaType(contentType), ...reply?.headers };
  // The author may use the array again.
  return { status: 200, headers, body: typeof body === 'string' ? body : new Uint8Array(body) };
}

function assertMediaType(contentType: string): string {
  const fault = findMediaTypeFault(contentType);
  if (fault === undefined) return contentType;
  throw new ServeError('PREDICTION_INVALID', `the content type that the predictor returned ${fault}`);
}

function writePrediction(prediction: unknown, replyTypes: readonly ReplyType[], reply?: ReplyHeaders) {
  if (reply?.contentType === undefined) return encodePrediction(prediction, replyTypes);
  if (prediction instanceof Uint8Array) {
    // The author may use the array again.
    return { contentType: reply.contentType, body: new Uint8Array(prediction) };
  }
  throw createNotBytesError(reply.contentType);
}

/** Only bytes can have a type that the author chooses. */
export function createNotBytesError(contentType: string): ServeError {
  const message = `the predictor set the content type ${JSON.stringify(contentType)}, but its prediction is not bytes: return a Uint8Array`;
  return new ServeError('PREDICTION_UNENCODABLE', message);
}

/** Gives what the author sets for the reply. */
export function getReplySettings(prepared: PreparedInvocation): ReplyHeaders {
  prepared.reply ??= new ReplyHeaders();
  return prepared.reply;
}

/** An author who throws a coded error has chosen the answer, as `INPUT_INVALID` for a row of the wrong width. */
export function toPredictorError(cause: unknown, what = 'the predictor failed'): ServeError {
  if (cause instanceof ServeError) return cause;
  return new ServeError('PREDICTOR_FAILED', `${what}: ${describeThrown(cause)}`, { cause });
}
