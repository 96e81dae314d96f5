/** Keeps the counts and durations of all invocations of a server. */

import { createHistogram } from './histogram.ts';
import type { InvocationRecord, InvocationSteps } from './invocation-record.ts';

/** All that a server has counted since its start. */
export type InvocationCounts = ReturnType<typeof countInvocations>;

/** In seconds: from what a small model takes to what the platform waits for. */
const durations = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60,
];
const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Creates counts of nothing yet. */
export function countInvocations() {
  /** By HTTP status. */
  const statuses = new Map<number, number>();
  /** By error code: a closed set, for what is not in it is answered as `INTERNAL`. */
  const errors = new Map<string, number>();
  /** Of WebSocket connections, by their close codes. */
  const closes = new Map<number | 'other', number>();
  const time = (name: string, help: string) =>
    createHistogram(`optml_invocation_${name}_seconds`, help, durations);
  const duration = time('duration', 'From the head of a request to its reply.');
  const queue = time('queue', 'How long a request waited for a worker, and for its batch.');
  const decode = time('decode', 'From the bytes of a body to valid instances.');
  const predict = time('predict', 'How long the predictor took; a batch counts for each of its requests.');
  const encode = time('encode', 'From the prediction to the bytes of a reply.');
  const batchSize = createHistogram('optml_batch_size', 'Requests in a call of predictBatch.', batchSizes);
  let requestBytes = 0;
  let replyBytes = 0;
  const addSteps = (steps: InvocationSteps) => {
    const { queueMs, decodeMs, predictMs, encodeMs } = steps;
    if (queueMs !== undefined) queue.observe(queueMs / 1e3);
    if (decodeMs !== undefined) decode.observe(decodeMs / 1e3);
    if (predictMs !== undefined) predict.observe(predictMs / 1e3);
    if (encodeMs !== undefined) encode.observe(encodeMs / 1e3);
    if (steps.leadsBatch) batchSize.observe(steps.batchSize);
  };
  return {
    statuses,
    errors,
    closes,
    get requestBytes(): number {
      return requestBytes;
    },
    get replyBytes(): number {
      return replyBytes;
    },
    histograms: [duration, queue, decode, predict, encode, batchSize],
    add(record: InvocationRecord): void {
      const { status, errorCode } = record;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (errorCode !== undefined) errors.set(errorCode, (errors.get(errorCode) ?? 0) + 1);
      requestBytes += record.requestBytes;
      replyBytes += record.replyBytes;
      if (record.closeCode === undefined) {
        duration.observe(record.durationMs / 1e3);
        if (record.parts === undefined) addSteps(record);
        else record.parts.forEach(addSteps);
      } else {
        const code = classifyCloseCode(record.closeCode);
        closes.set(code, (closes.get(code) ?? 0) + 1);
      }
    },
  };
}

/** From 3000 on, they are whatever a client makes up. */
function classifyCloseCode(code: number): number | 'other' {
  return code < 3_000 ? code : 'other';
}
