/** Gathers invocations for `predictBatch`: in their order, one batch at a time, each with its own result. */

import { type Log, withFields } from '@optml/contract/log';
import type { BatchingOptions } from '../predictor/batching-options.ts';
import type { LoadedPredictor } from '../predictor/load-predictor.ts';
import { abandoned, type Prediction } from '../predictor/prediction.ts';
import { createBatchPolicy } from './batch-policy.ts';
import { type BatchItem, runBatch } from './run-batch.ts';

/** Creates the function that predicts one invocation as a part of some batch. */
export function createBatcher(
  predictor: LoadedPredictor,
  { batching = {}, log }: { readonly batching?: BatchingOptions | undefined; readonly log: Log },
): (prediction: Prediction) => Promise<unknown> {
  const own = predictor.definition.batching ?? {};
  const { maximumSize = own.maximumSize ?? 32, maximumDelayMs = own.maximumDelayMs ?? 5 } = batching;
  const policy = createBatchPolicy({ maximumSize, maximumDelayMs });
  let waiting: BatchItem[] = [];
  let isRunning = false;
  let isPlanned = false;
  let timer: NodeJS.Timeout | undefined;
  let held: { readonly sinceMs: number; readonly count: number } | undefined;

  const plan = () => {
    if (isPlanned || isRunning) return;
    isPlanned = true;
    // After what has arrived already has been taken in.
    setImmediate(() => {
      isPlanned = false;
      decide();
    });
  };
  const decide = () => {
    clearTimeout(timer);
    timer = undefined;
    const time = performance.now();
    if (held !== undefined) policy.noteWait(time - held.sinceMs, waiting.length - held.count);
    held = undefined;
    waiting = waiting.filter((item) => keepIf(item.ticket.cancellation.reason === undefined, item));
    const [oldest] = waiting;
    if (isRunning || oldest === undefined) return;
    const remainingMs = Math.min(...waiting.map((item) => measureRemaining(item, time)));
    const decision = policy.decide({ count: waiting.length, oldestMs: time - oldest.arrivedMs, remainingMs });
    if ('size' in decision) void run(waiting.splice(0, decision.size));
    else {
      held = { sinceMs: time, count: waiting.length };
      timer = setTimeout(decide, decision.waitMs);
    }
  };
  const run = async (items: readonly BatchItem[]) => {
    const begun = items.filter((item) => keepIf(item.ticket.begin(), item));
    if (begun.length > 0) {
      isRunning = true;
      policy.noteBatch(begun.length, await timeBatch(predictor, begun, log));
      isRunning = false;
    }
    if (waiting.length > 0) plan();
  };
  return (prediction) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const arrivedMs = performance.now();
    policy.noteArrival(arrivedMs);
    prediction.ticket.park();
    waiting.push({ ...prediction, arrivedMs, resolve, reject });
    plan();
    return promise;
  };
}

/** Runs a batch, and gives the milliseconds that it took. */
async function timeBatch(predictor: LoadedPredictor, items: readonly BatchItem[], log: Log): Promise<number> {
  for (const [index, { clock }] of items.entries()) clock?.noteBatch(items.length, index);
  const requestIds = items.map(({ request }) => request.requestId);
  const startedMs = performance.now();
  await runBatch(predictor, items, withFields(log, { requestIds }));
  return performance.now() - startedMs;
}

function measureRemaining({ ticket, arrivedMs }: BatchItem, nowMs: number): number {
  return Math.max(0, ticket.remainingMs - (nowMs - arrivedMs));
}

/** False for an item that nobody waits for any more, and lets go of it. */
function keepIf(isWanted: boolean, item: BatchItem): boolean {
  if (!isWanted) item.resolve(abandoned);
  return isWanted;
}
