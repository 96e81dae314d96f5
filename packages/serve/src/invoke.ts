/** From request to reply: decode, validate, predict, encode; runs where the user code runs. */

import { decodeBody } from './decode-body.ts';
import type { InvocationRequestInfo } from './define-predictor.ts';
import { describeProblems } from './describe-problems.ts';
import { describeThrown } from './describe-thrown.ts';
import { encodePrediction } from './encode-prediction.ts';
import { createErrorReply } from './error-reply.ts';
import { ServeError } from './errors.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import type { Logger } from './logger.ts';
import { withFields } from './logger.ts';
import { rankReplyTypes, resolveContentType } from './media-types.ts';
import type { InvocationReply, InvocationRequest } from './model-handle.ts';
import { reportFailure } from './report-failure.ts';
import { validateInstances } from './validate-instances.ts';

export interface InvokeOptions {
  readonly defaultAccept: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Answers one request; never rejects: an error is a reply, and its stack is in the log. */
export async function invoke(
  predictor: LoadedPredictor,
  request: InvocationRequest,
  options: InvokeOptions,
): Promise<InvocationReply> {
  const log = withFields(options.log, { requestId: request.requestId });
  try {
    return await answer(predictor, request, { ...options, log });
  } catch (error) {
    reportFailure(error, log, options.signal.aborted);
    return createErrorReply(error);
  }
}

async function answer(
  predictor: LoadedPredictor,
  request: InvocationRequest,
  options: InvokeOptions,
): Promise<InvocationReply> {
  if (request.body.byteLength === 0) {
    throw new ServeError('BODY_EMPTY', 'the body is empty: send at least one record');
  }
  const contentType = resolveContentType(request.contentType);
  // Before predict: a reply that nobody accepts is not worth a prediction.
  const types = rankReplyTypes(request.accept, {
    defaultAccept: options.defaultAccept,
    contentType: contentType.type,
  });
  const instances = validateInstances(predictor.definition.input, decodeBody(request.body, contentType));
  const prediction = await predict(predictor, instances, request, contentType.type, options);
  const encoded = encodePrediction(prediction, types);
  return { status: 200, headers: { 'content-type': encoded.contentType }, body: encoded.body };
}

async function predict(
  { definition, model }: LoadedPredictor,
  instances: unknown,
  { requestId, customAttributes, headers }: InvocationRequest,
  contentType: string,
  { signal, log }: InvokeOptions,
): Promise<unknown> {
  const request: InvocationRequestInfo = { requestId, contentType, customAttributes, headers };
  let output: unknown;
  try {
    output = await definition.predict(instances, { model, request, signal, log });
  } catch (cause) {
    // An author who throws a coded error has chosen the answer, as `INPUT_INVALID` for a row of the wrong width.
    if (cause instanceof ServeError) throw cause;
    throw new ServeError('PREDICTOR_FAILED', `the predictor failed: ${describeThrown(cause)}`, { cause });
  }
  const result = definition.output.safeParse(output);
  if (result.success) return result.data;
  const problems = describeProblems(result.error.issues, { name: 'prediction', value: output });
  throw new ServeError(
    'PREDICTION_INVALID',
    "the prediction does not fit the predictor's output schema: the log says where",
    { cause: new Error(problems) },
  );
}
