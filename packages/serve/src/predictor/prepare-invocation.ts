/** The two ends of an invocation, around the prediction: from body to instances, and from prediction to reply. */

import type { PredictorDefinition } from '../define-predictor.ts';
import { describeThrown } from '../describe-thrown.ts';
import { ServeError } from '../errors.ts';
import type { InvocationRequest, WholeReply } from '../model-handle.ts';
import { decodeBody } from './decode-body.ts';
import { describeProblems } from './describe-problems.ts';
import { encodePrediction } from './encode-prediction.ts';
import { type ReplyType, rankReplyTypes, resolveContentType } from './media-types.ts';
import { validateInstances } from './validate-instances.ts';

/** A request that is ready to be predicted. */
export interface PreparedInvocation {
  readonly contentType: string;
  readonly replyTypes: readonly ReplyType[];
  readonly instances: unknown;
}

/**
 * Decodes and validates.
 *
 * @throws ServeError, CodecError: whatever is wrong with the request.
 */
export function prepareInvocation(
  { input }: PredictorDefinition,
  { contentType: header, accept }: InvocationRequest,
  { body, defaultAccept }: { readonly body: string | Uint8Array; readonly defaultAccept: string | undefined },
): PreparedInvocation {
  if (body.length === 0) throw new ServeError('BODY_EMPTY', 'the body is empty: send at least one record');
  const contentType = resolveContentType(header);
  // Before predict: a reply that nobody accepts is not worth a prediction.
  const replyTypes = rankReplyTypes(accept, contentType.type, defaultAccept);
  const instances = validateInstances(input, decodeBody(body, contentType));
  return { contentType: contentType.type, replyTypes, instances };
}

/**
 * Validates a prediction and writes it.
 *
 * @throws ServeError `PREDICTION_INVALID`, `PREDICTION_UNENCODABLE`, `ACCEPT_UNSATISFIABLE`.
 */
export function finishInvocation(
  { output }: PredictorDefinition,
  prediction: unknown,
  replyTypes: readonly ReplyType[],
): WholeReply {
  const result = output.safeParse(prediction);
  if (!result.success) {
    const problems = describeProblems(result.error.issues, { name: 'prediction', value: prediction });
    const message = "the prediction does not fit the predictor's output schema: the log says where";
    throw new ServeError('PREDICTION_INVALID', message, { cause: new Error(problems) });
  }
  const { contentType, body } = encodePrediction(result.data, replyTypes);
  return { status: 200, headers: { 'content-type': contentType }, body };
}

/** An author who throws a coded error has chosen the answer, as `INPUT_INVALID` for a row of the wrong width. */
export function toPredictorError(cause: unknown): ServeError {
  if (cause instanceof ServeError) return cause;
  return new ServeError('PREDICTOR_FAILED', `the predictor failed: ${describeThrown(cause)}`, { cause });
}
