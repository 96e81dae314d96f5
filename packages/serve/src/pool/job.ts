/** One invocation on its way through the pool. */

import type { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { Links } from '../invocation/linked-list.ts';

export interface Job extends Links<Job> {
  readonly request: InvocationRequest;
  readonly cancellation: Cancellation;
  readonly resolve: (reply: InvocationReply) => void;
  /** Called once its whole reply is here, the last piece of a stream included. */
  readonly finish: () => void;
  /** Of the monotonic clock: when nobody waits any more. */
  endMs: number;
  /** Ends it with an error; of a streamed reply that has begun, the stream. */
  reject: (error: unknown) => void;
  /** What it was sent to its worker as. */
  number: number;
  /** True when its body may have ended a worker before: it is worked on alone. */
  isAlone: boolean;
  /** The name of its body, once somebody has asked for it. */
  name: string | undefined;
  /** True when its body was moved to a worker, and is not here any more. */
  isGone: boolean;
  /** True when a worker has done it before, whose reply never came: it is not done a third time. */
  isRepeated: boolean;
}

/** Creates a job that is in no list and was never sent. */
export function createJob(
  facts: Omit<Job, 'number' | 'isAlone' | 'name' | 'isGone' | 'isRepeated' | keyof Links<Job>>,
): Job {
  const { request, cancellation, endMs, resolve, finish, reject } = facts;
  const state = { number: 0, isAlone: false, name: undefined, isGone: false, isRepeated: false };
  const links = { list: undefined, earlier: undefined, later: undefined };
  return { request, cancellation, endMs, resolve, finish, reject, ...state, ...links };
}

/** True for a job that only the worker of its session can do. */
export function isBound({ request: { session } }: Job): boolean {
  return session !== undefined && session.action !== 'open';
}

/** Bodies up to here are copied to the worker, so that the job can be given to another one; larger ones are moved. */
export const maximumCopiedBytes = 64 * 1024;

/** True for a body that goes to the worker for good. */
export function isMoved({ request: { body } }: Job): boolean {
  return body instanceof Uint8Array && body.byteLength > maximumCopiedBytes;
}
