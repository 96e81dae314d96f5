/** A model in the thread that answers HTTP: no hop, but a busy predictor delays even `/ping`. */

import type { Log } from '@optml/contract/log';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { Conversation, ConversationStart } from '../invocation/conversation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { Converse } from '../predictor/converse.ts';
import type { Invoke, Ticket } from '../predictor/prediction.ts';
import { createConnectionsError, type LoadModel, stopTimeoutMs } from './model-handle.ts';
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
    adapterLoader: predictor.adapters,
    holdsSession: () => true,
    predict: (request, cancellation) => predict(predictor.invoke, request, cancellation, source.invocationMs),
    conversationTerms: predictor.conversationTerms,
    converse: limitConversations(predictor.converse as Converse, options.workers.connections),
    async unload() {
      health.stop();
      await waitForUnload(predictor.unload(), log);
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

/** What never ends is left behind: the author's code cannot be ended here. */
async function waitForUnload(unloading: Promise<void>, log: Log): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    log.error('unloading the model does not end: what it holds is not given back', { stopTimeoutMs });
    late.resolve();
  }, stopTimeoutMs);
  await Promise.race([unloading, late.promise]);
  clearTimeout(timer);
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

/** Gives the function that begins conversations, as many at once as there may be. */
function limitConversations(converse: Converse, maximum: number): (start: ConversationStart) => Conversation {
  let count = 0;
  return (start) => {
    if (count >= maximum) throw createConnectionsError(maximum);
    count += 1;
    let isOpen = true;
    const side = converse(start);
    return {
      fragments: side.fragments,
      receive: (message) => side.receive(message),
      endSilence: () => {
        if (side.isWaiting) side.endSilence();
      },
      warn: (reason) => side.warn(reason),
      leave(reason) {
        if (!isOpen) return;
        isOpen = false;
        count -= 1;
        side.leave(reason);
      },
    };
  };
}

const never = new Promise<never>(() => undefined);

function always(): boolean {
  return true;
}

function nothing(): void {}
