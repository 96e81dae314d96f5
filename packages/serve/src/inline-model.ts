/** A model in the thread that answers HTTP: no hop, but a busy predictor delays even `/ping`. */

import type { Cancellation } from './cancellation.ts';
import { describeThrown } from './describe-thrown.ts';
import type { InvocationReply, InvocationRequest, LoadModel } from './model-handle.ts';
import { checkHealth } from './predictor/check-health.ts';
import type { Invoke } from './predictor/invoker.ts';
import type { LoadedPredictor } from './predictor/load-predictor.ts';
import type { Ticket } from './predictor/prediction.ts';
import { startPredictor } from './predictor/start-predictor.ts';
import { rejectOnAbort } from './reject-on-abort.ts';
import { watchHealth } from './watch-health.ts';
import { watchStart } from './watch-start.ts';

/** Loads a model in this thread; nothing is lost here without the whole process, so `onDied` is never called. */
export const loadInlineModel: LoadModel = async (source, options) => {
  const { signal, log } = options;
  const watch = watchStart(log, options.slowStageMs);
  const started = startPredictor(source, { signal, log, onStage: watch.enter });
  const { predictor, invoke, description } = await rejectOnAbort(started, signal).finally(watch.stop);
  const health = await watchHealth({
    check: () => checkHealth(predictor),
    isChecked: predictor.definition.health !== undefined,
    intervalMs: options.healthIntervalMs,
    log,
  });
  return {
    parallelism: 1,
    description,
    countWorkers: () => ({ ready: 1, restarts: 0 }),
    isHealthy: health.isHealthy,
    predict: (request, cancellation) => predict(invoke, request, cancellation, source.invocationTimeoutMs),
    async unload() {
      health.stop();
      await unloadPredictor(predictor).catch((error: unknown) =>
        log.error('unloading the model failed', { reason: describeThrown(error) }),
      );
    },
  };
};

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

/** Calls the author's `unload`, if there is one. */
async function unloadPredictor({ definition, model }: LoadedPredictor): Promise<void> {
  await definition.unload?.(model);
}
