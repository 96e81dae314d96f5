/**
 * Takes large bodies out of the messages between the server and a worker process. Node would copy them into a message and
 * out of it again; so they go as they are, through a pipe of their own, in the order of their messages.
 */

import { maximumCopiedBytes } from './job.ts';
import type { FromWorker, JobMessage, ReplyMessage, ToWorker } from './worker-messages.ts';

type Message = ToWorker | FromWorker;

/** What stands in a message instead of a body. */
interface MovedBody {
  readonly movedBytes: number;
}

/** Gives the message without its large bodies, and those. */
export function detachBodies<Sent extends Message>(
  message: Sent,
): { readonly message: Sent; readonly bodies: readonly Uint8Array[] } {
  const bodies = listBodies(message).filter(isLarge);
  if (bodies.length === 0) return { message, bodies };
  const detach = (body: unknown) => (isLarge(body) ? { movedBytes: body.byteLength } : body);
  return { message: replaceBodies(message, detach), bodies };
}

/** How many bytes of bodies belong to a message that has come. */
export function countMovedBytes(message: Message): number {
  let count = 0;
  for (const body of listBodies(message)) if (isMoved(body)) count += body.movedBytes;
  return count;
}

/** Puts the bodies back, which `take` gives one by one. */
export function attachBodies<Received extends Message>(
  message: Received,
  take: (sizeBytes: number) => Uint8Array,
): Received {
  return replaceBodies(message, (body) => (isMoved(body) ? take(body.movedBytes) : body));
}

function isLarge(body: unknown): body is Uint8Array {
  return body instanceof Uint8Array && body.byteLength > maximumCopiedBytes;
}

function isMoved(body: unknown): body is MovedBody {
  return typeof body === 'object' && body !== null && 'movedBytes' in body;
}

function listBodies(message: Message): readonly unknown[] {
  if (message.type === 'invoke') return message.jobs.map(([, , { body }]) => body);
  if (message.type === 'piece') return [message.piece];
  if (message.type === 'conversation') return 'data' in message.event ? [message.event.data] : [];
  return message.type === 'replies' ? message.replies.map((reply) => reply[3]) : [];
}

function replaceBodies<Any extends Message>(message: Any, replace: (body: unknown) => unknown): Any {
  if (message.type === 'invoke') {
    const replaceIn = ([job, remainingMs, request]: JobMessage) =>
      [job, remainingMs, { ...request, body: replace(request.body) }] as JobMessage;
    return { ...message, jobs: message.jobs.map(replaceIn) };
  }
  if (message.type === 'piece') return { ...message, piece: replace(message.piece) };
  if (message.type === 'conversation') {
    const { event } = message;
    return 'data' in event ? { ...message, event: { ...event, data: replace(event.data) } } : message;
  }
  if (message.type !== 'replies') return message;
  const replaceIn = (reply: ReplyMessage) =>
    reply.map((part, index) => (index === 3 ? replace(part) : part)) as unknown as ReplyMessage;
  return { ...message, replies: message.replies.map(replaceIn) };
}
