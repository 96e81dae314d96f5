/** A model in workers: whatever it does, the thread that answers `/ping` goes on, and so do the other workers. */

import { ServeError } from '../errors/errors.ts';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { ConversationTerms } from '../invocation/conversation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { SessionTerms } from '../invocation/session-use.ts';
import type { ChatTerms, LoadOptions, ModelHandle, ModelSource } from '../model/model-handle.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';
import { createAddonAdvice } from './addon-advice.ts';
import { Dispatcher } from './dispatcher.ts';
import { createJob, type Job } from './job.ts';
import { createLostWorkers, type LostWorkers } from './lost-workers.ts';
import type { WorkerPlan } from './plan-workers.ts';
import type { PoolAdapters } from './pool-adapters.ts';
import { PoolWorker } from './pool-worker.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import { type Supervision, superviseWorkers } from './supervise-workers.ts';
import { memoryShare, sumResident, watchWorkers } from './watch-workers.ts';
import type { StartHost } from './worker-host.ts';

/** Resolves when the first worker has loaded the model; the others follow, and none of them is needed to serve. */
export async function loadWorkerPool(
  source: ModelSource,
  options: LoadOptions,
  { plan, startHost }: { readonly plan: WorkerPlan; readonly startHost: StartHost },
): Promise<ModelHandle> {
  const { log } = options;
  const { slowStageMs, healthIntervalMs } = options.workers;
  const { count, memoryBytes, maximumHeapMiB } = plan;
  const quarantine = createQuarantine();
  const dispatcher = new Dispatcher(quarantine);
  const residentBytes = () => sumResident(dispatcher.workers);
  const emptyBytes = residentBytes();
  let workerBytes = 0;
  const hasMemory = () => residentBytes() + workerBytes <= memoryBytes * memoryShare;
  const lost = createLostWorkers({ count, hasMemory, log });
  const timeoutMs = source.invocationMs;
  const { dispatch: onProgress } = dispatcher;
  const onDeclined = (job: Job) => dispatcher.giveBack([job]);
  const onAddon = createAddonAdvice(log);
  const description = Promise.withResolvers<PredictorDescription>();
  description.promise.catch(() => undefined);
  const onDescribed = description.resolve;
  const limits = { maximumHeapMiB, slowStageMs };
  const hooks = { onProgress, onDeclined, onAddon, onDescribed };
  const start = () => new PoolWorker({ startHost, source, ...limits, log, ...hooks });
  const first = await startFirst(start, options);
  const { holders } = options;
  const watched = { timeoutMs, memoryBytes, lost, holders, checkMs: healthIntervalMs };
  const watch = watchWorkers(dispatcher, watched);
  // As far as can be told from outside.
  workerBytes = Math.max(0, residentBytes() - emptyBytes);
  const onDied = (error: ServeError) => {
    dispatcher.rejectAll(error);
    description.reject(error);
    options.onDied(error);
  };
  const adapters = await createAdapters(first);
  const prepare = async (worker: PoolWorker) => await adapters?.prepare(worker);
  const { chat, sessions, conversationTerms } = first;
  const pool = { count, chat, sessions, adapters, conversationTerms, dispatcher, quarantine, lost };
  const supervision = superviseWorkers(first, { ...pool, start, prepare, log, onDied });
  const { connections } = options.workers;
  return createHandle({ ...pool, connections, description, supervision, watch, timeoutMs });
}

/** Only a predictor that has adapters loads what they need. */
async function createAdapters({ hasAdapters }: PoolWorker): Promise<PoolAdapters | undefined> {
  if (!hasAdapters) return undefined;
  const { PoolAdapters } = await import('./pool-adapters.ts');
  return new PoolAdapters();
}

async function startFirst(start: () => PoolWorker, { signal }: LoadOptions): Promise<PoolWorker> {
  const worker = start();
  const stop = () => {
    // One that takes the memory of all is not asked.
    if (signal.reason?.code === 'MEMORY_INSUFFICIENT') worker.kill(signal.reason.message, true);
    else void worker.stop();
  };
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
  readonly sessions: SessionTerms | undefined;
  readonly adapters: PoolAdapters | undefined;
  readonly description: PromiseWithResolvers<PredictorDescription>;
  readonly dispatcher: Dispatcher;
  readonly quarantine: Quarantine;
  readonly lost: LostWorkers;
  readonly supervision: Supervision;
  readonly watch: ReturnType<typeof watchWorkers>;
  readonly timeoutMs: number;
  readonly chat: ChatTerms | undefined;
  readonly conversationTerms: ConversationTerms | undefined;
  readonly connections: number;
}

function createHandle(pool: Pool): ModelHandle {
  const { count, chat, sessions, adapters, conversationTerms, connections, description } = pool;
  const { dispatcher, quarantine, lost, supervision, watch, timeoutMs } = pool;
  const predict = (request: InvocationRequest, cancellation: Cancellation) => {
    const endMs = performance.now() + timeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<InvocationReply>();
    const finish = () => {
      if (job.isAlone) quarantine.acquit(job);
    };
    const job = createJob({ request, cancellation, endMs, resolve, finish, reject });
    const verdict = quarantine.judge(job);
    if (verdict instanceof ServeError) throw verdict;
    watch.start();
    dispatcher.submit(job);
    return promise;
  };
  return {
    parallelism: count,
    describe: () => description.promise,
    sessions,
    adapterLoader: adapters && {
      // A load that takes all memory ends a worker, and not the server.
      load(source, stop) {
        watch.start();
        return adapters.load(source, stop);
      },
      unload: (name) => adapters.unload(name),
    },
    holdsSession: (id) => dispatcher.holdsSession(id),
    chat,
    countWorkers: () => ({ ready: dispatcher.workers.size, restarts: supervision.restarts, lost: lost.size }),
    isHealthy: () => !lost.isTooMany && [...dispatcher.workers].some((worker) => worker.isHealthy),
    predict,
    conversationTerms,
    converse(start) {
      watch.start();
      return dispatcher.converse(start, connections);
    },
    async unload() {
      watch.stop();
      await supervision.stop();
      const closed = new ServeError('SERVER_CLOSED', 'the server is closing');
      dispatcher.rejectAll(closed);
      description.reject(closed);
    },
  };
}
