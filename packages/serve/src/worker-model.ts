/** A model in a worker thread: whatever it does, this thread goes on answering `/ping`. */

import { Worker } from 'node:worker_threads';
import { describeThrown } from './describe-thrown.ts';
import { ServeError } from './errors.ts';
import type { LoadModel, LoadOptions, ModelHandle, ModelSource } from './model-handle.ts';
import { createPendingInvocations } from './pending-invocations.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** How long a worker has to stop loading, or to unload, before its thread is ended. */
const stopTimeoutMs = 3_000;

/** Loads a model in a worker of its own. */
export const loadWorkerModel: LoadModel = async (source, options) => {
  const { loaded, handle } = startWorker(source, options);
  const stop = () => void handle.unload();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    await loaded;
    return handle;
  } catch (error) {
    await handle.unload();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
};

type State = 'loading' | 'alive' | 'stopping' | 'dead';

function startWorker(
  source: ModelSource,
  { log, onDied }: LoadOptions,
): { readonly loaded: Promise<void>; readonly handle: ModelHandle } {
  const worker = new Worker(new URL('./serving-worker.js', import.meta.url), { workerData: source });
  const send = (message: ToWorker, transfer: readonly ArrayBuffer[] = []) =>
    worker.postMessage(message, transfer);
  const invocations = createPendingInvocations(send);
  const loading = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let state: State = 'loading';
  let exitError = new ServeError('WORKER_EXITED', 'the worker that runs the predictor is gone');

  worker.on('message', (message: FromWorker) => {
    if (message.type === 'reply') invocations.settle(message.id, message.reply);
    else if (message.type === 'log') log[message.level](message.message, message.fields);
    else if (message.type === 'load-failed') loading.reject(restoreError(message));
    else {
      if (state === 'loading') state = 'alive';
      loading.resolve();
    }
  });
  worker.on('error', (error) => {
    exitError = createExitError(describeThrown(error), error);
  });
  worker.on('exit', (exitCode) => {
    if (exitError.cause === undefined) exitError = createExitError(`exit code ${exitCode}`);
    const wasAlive = state === 'alive';
    state = 'dead';
    loading.reject(exitError);
    invocations.rejectAll(exitError);
    exited.resolve();
    if (wasAlive) onDied(exitError);
  });

  const unload = async () => {
    if (state === 'loading' || state === 'alive') {
      state = 'stopping';
      send({ type: 'stop' });
      const timer = setTimeout(() => void worker.terminate(), stopTimeoutMs);
      void exited.promise.then(() => clearTimeout(timer));
    }
    await exited.promise;
  };
  return {
    loaded: loading.promise,
    handle: {
      isAlive: () => state === 'alive',
      async invoke(request, signal) {
        if (state === 'dead') throw exitError;
        return await invocations.invoke(request, signal);
      },
      unload,
    },
  };
}

function restoreError({ code, message, cause }: Extract<FromWorker, { type: 'load-failed' }>): ServeError {
  return new ServeError(code, message, { cause });
}

function createExitError(reason: string, cause?: unknown): ServeError {
  const message = `the worker that runs the predictor ended unexpectedly: ${reason}`;
  return new ServeError('WORKER_EXITED', message, cause === undefined ? {} : { cause });
}
