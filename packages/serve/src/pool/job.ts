/** One invocation on its way through the pool. */

import type { Cancellation } from '../cancellation.ts';
import type { Links } from '../linked-list.ts';
import type { InvocationReply, InvocationRequest } from '../model-handle.ts';

export interface Job extends Links<Job> {
  readonly request: InvocationRequest;
  readonly cancellation: Cancellation;
  /** Of the monotonic clock: when nobody waits any more. */
  readonly endMs: number;
  readonly resolve: (reply: InvocationReply) => void;
  readonly reject: (error: unknown) => void;
  /** Of a body that may have ended a worker before; such a one is worked on alone. */
  readonly suspect: string | undefined;
  /** What it was sent to its worker as. */
  number: number;
  /** The name of a body that was moved to the worker, for it cannot be looked at any more. */
  name: string | undefined;
}

/** Creates a job that is in no list and was never sent. */
export function createJob(facts: Omit<Job, 'number' | 'name' | keyof Links<Job>>): Job {
  const { request, cancellation, endMs, resolve, reject, suspect } = facts;
  const links = { list: undefined, earlier: undefined, later: undefined };
  return { request, cancellation, endMs, resolve, reject, suspect, number: 0, name: undefined, ...links };
}

/** Bodies up to here are copied to the worker, so that the job can be given to another one; larger ones are moved. */
export const maximumCopiedBytes = 64 * 1024;

/** True for a body that goes to the worker for good. */
export function isMoved({ request: { body } }: Job): boolean {
  return body instanceof Uint8Array && body.byteLength > maximumCopiedBytes;
}
