/** A model in the thread that answers HTTP: no hop, but a busy predictor delays even `/ping`. */

import type { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { Invoke, Ticket } from '../predictor/prediction.ts';
import type { LoadModel } from './model-handle.ts';
import { openPredictor } from './open-predictor.ts';
import { watchHealth } from './watch-health.ts';
import { watchStart } from './watch-start.ts';

/** Loads a model in this thread; nothing is lost here without the whole process, so `onDied` is never called. */
export const loadInlineModel: LoadModel = async (source, options) => {
  const { signal, log } = options;
  const watch = watchStart(log, options.workers.slowStageMs);
  const opened = openPredictor(source, { signal, log, onStage: watch.enter });
  const predictor = await rejectOnAbort(opened, signal).finally(watch.stop);
  const health = await watchHealth({
    check: predictor.checkHealth,
    isChecked: predictor.hasHealth,
    intervalMs: options.workers.healthIntervalMs,
    log,
  });
  return {
    parallelism: 1,
    chat: predictor.chat,
    describe: async () => predictor.describe(),
    countWorkers: () => ({ ready: 1, restarts: 0, lost: 0 }),
    isHealthy: health.isHealthy,
    sessions: predictor.sessions,
    holdsSession: () => true,
    predict: (request, cancellation) => predict(predictor.invoke, request, cancellation, source.invocationMs),
    async unload() {
      health.stop();
      await predictor.unload();
    },
  };
};

/** Settles as the promise does, or rejects with the signal's reason as soon as that aborts. */
function rejectOnAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: result, resolve, reject } = Promise.withResolvers<Value>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  return result;
}

function predict(
  invoke: Invoke,
  request: InvocationRequest,
  cancellation: Cancellation,
  remainingMs: number,
): InvocationReply | Promise<InvocationReply> {
  const ticket: Ticket = { cancellation, remainingMs, begin: always, park: nothing };
  const reply = invoke(request, ticket);
  // Only an invocation that nobody waits for has no reply.
  return reply === undefined ? never : (reply as InvocationReply | Promise<InvocationReply>);
}

const never = new Promise<never>(() => undefined);

function always(): boolean {
  return true;
}

function nothing(): void {}
