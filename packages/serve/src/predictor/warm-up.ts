/** Predicts the author's sample before the first request does: it proves the model, and warms the code up. */

import { jsonCodec, npyCodec } from '@optml/codecs';
import { isNdArray } from '@optml/codecs/arrays';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import {
  type InvocationReply,
  type InvocationRequest,
  isStreamed,
  type ReplyPieces,
  type WholeReply,
} from '../invocation/invocation.ts';
import { answersInvocations, type CompleteDefinition } from './define-predictor.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import type { Invoke } from './prediction.ts';

/**
 * For the just-in-time compiler. More runs of a cheap model gain nothing: 200 made a start 6 ms longer, and the first
 * twenty invocations 1 ms shorter.
 */
const warmUpMs = 25;
const maximumRuns = 20;

/**
 * Predicts the sample at least once, and up to 20 times within 25 ms.
 *
 * @throws ServeError `WARM_UP_FAILED` with what the reply says.
 */
export async function warmUp(
  { definition, model }: LoadedPredictor,
  invoke: Invoke,
  now: () => number = () => performance.now(),
): Promise<void> {
  if (definition.sample === undefined) return;
  const request = createRequest(writeSample(definition, model));
  const endMs = now() + warmUpMs;
  for (let run = 0; run < maximumRuns && (run === 0 || now() < endMs); run += 1) {
    const cancellation = new Cancellation();
    const reply = await invoke(request, {
      cancellation,
      remainingMs: Number.POSITIVE_INFINITY,
      begin: () => true,
      park: () => undefined,
    });
    if (reply !== undefined && isStreamed(reply)) {
      await readPieces(reply.body, () => now() < endMs);
      cancellation.cancel(new ServeError('CLIENT_LEFT', 'the sample was predicted for long enough'));
    } else if (reply?.status !== 200) throw createWarmUpError(describeReply(reply));
  }
}

/** A stream may have no end: it is read for as long as there is time. */
async function readPieces(pieces: ReplyPieces, hasTime: () => boolean): Promise<void> {
  let piece = await pieces.next();
  while (piece.done !== true && hasTime()) piece = await pieces.next();
  if (piece.done === true && piece.value.failure !== undefined)
    throw createWarmUpError(describeReply(piece.value.failure));
}

type Sample = Pick<InvocationRequest, 'contentType'> & { readonly body: Uint8Array };

function writeSample(definition: CompleteDefinition, model: unknown): Sample {
  try {
    const sample = definition.sample?.(model);
    // Of chat completions alone it is a request.
    if (answersInvocations(definition)) return encodeSample(sample);
    return { contentType: 'application/json', body: jsonCodec.encode(sample) };
  } catch (cause) {
    const message = `making the predictor's sample failed: ${describeThrown(cause)}: fix the predictor`;
    throw new ServeError('WARM_UP_FAILED', message, { cause });
  }
}

function encodeSample(sample: unknown): Sample {
  // The same every time: a copy, for the author may change what it gets.
  if (sample instanceof Uint8Array) return { contentType: 'application/octet-stream', body: sample.slice() };
  if (isNdArray(sample)) return { contentType: 'application/x-npy', body: npyCodec.encode(sample) };
  return { contentType: 'application/json', body: jsonCodec.encode({ instances: sample }) };
}

function createRequest({ contentType = '', body }: Sample): InvocationRequest {
  return {
    requestId: 'warm-up',
    body,
    contentType,
    accept: undefined,
    customAttributes: undefined,
    headers: { 'content-type': contentType },
  };
}

function describeReply(reply: InvocationReply | undefined): string {
  const { body } = (reply ?? {}) as Partial<WholeReply>;
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

function createWarmUpError(text: string): ServeError {
  return new ServeError(
    'WARM_UP_FAILED',
    `predicting the predictor's sample failed: ${text}: fix the sample or the predictor`,
  );
}
