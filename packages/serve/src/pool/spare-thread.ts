/**
 * Keeps one thread that has imported the predictor and waits for a model: starting a thread often takes longer than
 * loading the model.
 */

import type { LoadModel } from '../model/model-handle.ts';
import { loadInWorkers } from './load-in-workers.ts';
import { startAhead } from './start-ahead.ts';
import { startThread } from './start-thread.ts';
import type { HostOptions, StartHost, WorkerHost } from './worker-host.ts';

interface Spare {
  readonly start: StartHost;
  readonly host: WorkerHost;
}

/** Creates a loader of models in threads. After each load another thread is made ready, where `hasRoom` says so. */
export function createSpareLoader(hasRoom: () => boolean) {
  let spare: Spare | undefined;
  let isStopped = false;
  let latest: HostOptions | undefined;
  const startHost: StartHost = (options, receive) => {
    latest = options;
    if (spare === undefined) return startThread(options, receive);
    const { start } = spare;
    spare = undefined;
    const host = start(options, receive);
    host.send({ type: 'open', modelDirectory: options.source.modelDirectory ?? '' });
    return host;
  };
  const makeReady = () => {
    if (spare !== undefined || latest === undefined || isStopped || !hasRoom()) return;
    const ready = startSpare(latest);
    spare = ready;
    // Whoever takes one that has ended would fail for nothing.
    void ready.host.ended.then(() => {
      if (spare === ready) spare = undefined;
    });
  };
  const loadModel: LoadModel = (source, options) =>
    loadInWorkers(source, options, startHost).finally(makeReady);
  return {
    loadModel,
    /** Ends the thread that waits. */
    async stop(): Promise<void> {
      isStopped = true;
      await spare?.host.stop();
    },
  };
}

function startSpare({ source, maximumHeapMiB }: HostOptions): Spare {
  let host: WorkerHost | undefined;
  const keepHost: StartHost = (options, receive) => {
    host = startThread(options, receive);
    return host;
  };
  const start = startAhead(keepHost, { source: { ...source, modelDirectory: undefined }, maximumHeapMiB });
  return { start, host: host as unknown as WorkerHost };
}
