/** Calls `predictBatch` and gives each invocation its own result, whatever comes of the others. */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import type { PredictBatchContext } from '../predictor/define-predictor.ts';
import { InvocationContext } from '../predictor/invocation-context.ts';
import type { LoadedPredictor } from '../predictor/load-predictor.ts';
import type { Prediction } from '../predictor/prediction.ts';
import { getReplySettings, toPredictorError } from '../predictor/prepare-invocation.ts';
import { isStream } from '../predictor/stream-source.ts';

/** An invocation that waits for its batch. */
export interface BatchItem extends Prediction {
  readonly arrivedMs: number;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** Settles every item; never rejects. */
export async function runBatch(
  predictor: LoadedPredictor,
  items: readonly BatchItem[],
  log: Log,
): Promise<void> {
  try {
    const outputs = await predictor.definition.predictBatch?.(
      items.map(({ prepared }) => prepared.instances),
      createContext(predictor.model, items, log),
    );
    settleAll(items, outputs);
  } catch (cause) {
    if (items.length === 1) items[0]?.reject(toPredictorError(cause));
    // Whose fault it was is found by asking for each alone, so that one bad item fails alone.
    else for (const item of items) await runBatch(predictor, [item], log);
  }
}

function createContext(model: unknown, items: readonly BatchItem[], log: Log): PredictBatchContext<unknown> {
  const controller = new AbortController();
  let wanted = items.length;
  for (const { ticket } of items) {
    ticket.cancellation.onCancel((reason) => {
      wanted -= 1;
      if (wanted === 0) controller.abort(reason);
    });
  }
  const requests = items.map(({ request, prepared, ticket: { cancellation } }) => {
    return new InvocationContext(model, { request, prepared, cancellation, log }).request;
  });
  return {
    model,
    adapters: items.map(({ adapter }) => adapter),
    requests,
    get replies() {
      return items.map(({ prepared }) => getReplySettings(prepared));
    },
    signal: controller.signal,
    log,
  };
}

function settleAll(items: readonly BatchItem[], outputs: unknown): void {
  if (!Array.isArray(outputs) || outputs.length !== items.length) {
    const given = Array.isArray(outputs) ? `${outputs.length} outputs` : 'something other than an array';
    const cause = new Error(
      `predictBatch returned ${given} for ${items.length} requests: return one output for each`,
    );
    const message = 'the predictor returned the wrong number of outputs for a batch: the log says how many';
    for (const item of items) item.reject(new ServeError('PREDICTION_INVALID', message, { cause }));
    return;
  }
  for (const [index, item] of items.entries()) {
    const output: unknown = outputs[index];
    if (output instanceof Error) item.reject(toPredictorError(output));
    else if (isStream(output)) item.reject(createStreamError());
    else item.resolve(output);
  }
}

function createStreamError(): ServeError {
  const message = 'predictBatch returned a stream for a request, and a batch cannot be streamed: use predict';
  return new ServeError('PREDICTION_INVALID', message);
}
