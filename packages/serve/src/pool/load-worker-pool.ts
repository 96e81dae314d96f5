/** A model in workers: whatever it does, the thread that answers `/ping` goes on, and so do the other workers. */

import { readResources } from '@optml/contract/resources';
import { ServeError } from '../errors/errors.ts';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { LoadModel, LoadOptions, ModelHandle, ModelSource } from '../model/model-handle.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';
import { createDispatcher } from './dispatcher.ts';
import { createJob, type Job } from './job.ts';
import { PoolWorker } from './pool-worker.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import { startThread } from './start-thread.ts';
import { type Supervision, superviseWorkers } from './supervise-workers.ts';
import { watchWorkers } from './watch-workers.ts';
import type { StartHost } from './worker-host.ts';

/** The part of the memory that the heaps of all workers may have together. */
const heapShare = 0.6;
const minimumHeapMb = 64;

/** Loads a model in threads of this process. */
export const loadInThreads: LoadModel = (source, options) => loadWorkerPool(source, options, startThread);

/** Loads a model in processes. */
export const loadInProcesses: LoadModel = async (source, options) => {
  const { startProcess } = await import('./start-process.ts');
  return await loadWorkerPool(source, options, startProcess);
};

/** Resolves when the first worker has loaded the model; the others follow, and none of them is needed to serve. */
async function loadWorkerPool(
  source: ModelSource,
  options: LoadOptions,
  startHost: StartHost,
): Promise<ModelHandle> {
  const { slowStageMs } = options;
  const resources = readResources();
  const count = options.workers ?? resources.cpuCount;
  const memoryBytes = options.memoryMb === undefined ? resources.memoryBytes : options.memoryMb * 1024 ** 2;
  const maximumHeapMb = options.workerHeapMb ?? shareHeap(memoryBytes, count, options);
  const quarantine = createQuarantine();
  const dispatcher = createDispatcher(quarantine);
  const watch = watchWorkers(dispatcher, {
    timeoutMs: source.invocationTimeoutMs,
    memoryBytes,
    checkMs: options.healthIntervalMs,
  });
  const { dispatch: onProgress, giveBack } = dispatcher;
  const onDeclined = (job: Job) => giveBack([job]);
  const limits = { maximumHeapMb, slowStageMs };
  const start = () =>
    new PoolWorker({ startHost, source, ...limits, log: options.log, onProgress, onDeclined });
  const first = await startFirst(start, options);
  const onDied = (error: ServeError) => {
    dispatcher.rejectAll(error);
    options.onDied(error);
  };
  const supervision = superviseWorkers(first, {
    count,
    start,
    dispatcher,
    quarantine,
    log: options.log,
    onDied,
  });
  return createHandle({
    count,
    description: await first.loaded,
    dispatcher,
    quarantine,
    supervision,
    watch,
    timeoutMs: source.invocationTimeoutMs,
  });
}

/** Gives the MiB of heap of each worker. */
function shareHeap(memoryBytes: number, count: number, { totalHeapMb, log }: LoadOptions): number {
  const ofMemoryMb = (memoryBytes * heapShare) / 1024 ** 2;
  const isLimited = totalHeapMb !== undefined && totalHeapMb < ofMemoryMb;
  const heapMb = Math.max(minimumHeapMb, Math.floor((isLimited ? totalHeapMb : ofMemoryMb) / count));
  if (isLimited) {
    log.warn('the heap limit of Node holds for all workers together', {
      workers: count,
      totalHeapMb,
      workerHeapMb: heapMb,
      withoutLimitMb: Math.max(minimumHeapMb, Math.floor(ofMemoryMb / count)),
    });
  }
  return heapMb;
}

async function startFirst(start: () => PoolWorker, { signal }: LoadOptions): Promise<PoolWorker> {
  const worker = start();
  const stop = () => void worker.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await worker.loaded;
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface Pool {
  readonly count: number;
  readonly description: PredictorDescription;
  readonly dispatcher: ReturnType<typeof createDispatcher>;
  readonly quarantine: Quarantine;
  readonly supervision: Supervision;
  readonly watch: ReturnType<typeof watchWorkers>;
  readonly timeoutMs: number;
}

function createHandle(pool: Pool): ModelHandle {
  const { count, description, dispatcher, quarantine, supervision, watch, timeoutMs } = pool;
  const predict = (request: InvocationRequest, cancellation: Cancellation) => {
    const endMs = performance.now() + timeoutMs;
    const { promise, resolve: answer, reject } = Promise.withResolvers<InvocationReply>();
    const resolve = (reply: InvocationReply) => {
      if (job.isAlone) quarantine.acquit(job);
      answer(reply);
    };
    const job = createJob({ request, cancellation, endMs, resolve, reject });
    const verdict = quarantine.judge(job);
    if (verdict instanceof ServeError) throw verdict;
    watch.start();
    dispatcher.submit(job);
    return promise;
  };
  return {
    parallelism: count,
    description,
    countWorkers: () => ({ ready: dispatcher.workers.size, restarts: supervision.restarts }),
    isHealthy: () => [...dispatcher.workers].some((worker) => worker.isHealthy),
    predict,
    async unload() {
      watch.stop();
      await supervision.stop();
      dispatcher.rejectAll(new ServeError('SERVER_CLOSED', 'the server closes'));
    },
  };
}
