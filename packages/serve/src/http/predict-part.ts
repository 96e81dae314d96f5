/** Has the model predict a part of a larger body. */

import { placeError } from '../bodies/part-errors.ts';
import type { BodyPart } from '../invocation/body-part.ts';
import type { Cancellation } from '../invocation/cancellation.ts';
import {
  type InvocationReply,
  type InvocationRequest,
  isStreamed,
  type WholeReply,
} from '../invocation/invocation.ts';
import type { ModelHandle } from '../model/model-handle.ts';

interface PartRequest extends InvocationRequest {
  readonly body: Uint8Array;
  readonly part: BodyPart;
}

/** Rejects with an error that says which records it is about; a reply that is an error says so, too. */
export async function predictPart(
  model: ModelHandle,
  request: PartRequest,
  cancellation: Cancellation,
): Promise<WholeReply> {
  const { part, body } = request;
  try {
    return await toWhole(await model.predict(request, cancellation));
  } catch (error) {
    throw placeError(error, part, body);
  }
}

/** A part of a stream is gathered: its records are counted before they leave. */
async function toWhole(reply: InvocationReply): Promise<WholeReply> {
  if (!isStreamed(reply)) return reply;
  const pieces: Uint8Array[] = [];
  let piece = await reply.body.next();
  for (; piece.done !== true; piece = await reply.body.next()) pieces.push(Buffer.from(piece.value));
  const { failure, times } = piece.value;
  return failure === undefined ? { ...reply, body: Buffer.concat(pieces), times } : { ...failure, times };
}
