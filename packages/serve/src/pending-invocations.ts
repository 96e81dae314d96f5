/** The invocations that a worker has been sent and has not answered. */

import { describeThrown } from './describe-thrown.ts';
import type { InvocationReply, InvocationRequest } from './model-handle.ts';
import type { ToWorker } from './worker-messages.ts';

export interface PendingInvocations {
  /** Sends a request and waits for its reply; rejects with the signal's reason when that aborts. */
  invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationReply>;
  /** Takes a reply; one that nobody waits for any more is dropped. */
  settle(id: number, reply: InvocationReply): void;
  rejectAll(reason: Error): void;
}

/** Creates the list; `send` posts to the worker and moves the buffers of `transfer` there. */
export function createPendingInvocations(
  send: (message: ToWorker, transfer?: readonly ArrayBuffer[]) => void,
): PendingInvocations {
  const pending = new Map<number, PromiseWithResolvers<InvocationReply>>();
  let lastId = 0;
  return {
    async invoke(request, signal) {
      signal.throwIfAborted();
      lastId += 1;
      const id = lastId;
      const entry = Promise.withResolvers<InvocationReply>();
      const abort = () => {
        send({ type: 'abort', id, reason: describeThrown(signal.reason) });
        entry.reject(signal.reason);
      };
      pending.set(id, entry);
      signal.addEventListener('abort', abort, { once: true });
      send({ type: 'invoke', id, request }, [request.body.buffer]);
      try {
        return await entry.promise;
      } finally {
        pending.delete(id);
        signal.removeEventListener('abort', abort);
      }
    },
    settle: (id, reply) => pending.get(id)?.resolve(reply),
    rejectAll(reason) {
      for (const { reject } of pending.values()) reject(reason);
    },
  };
}
