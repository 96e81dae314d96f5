/** A model that is served: loads it, hands it out, unloads it, and keeps the lifecycle true to it. */

import type { Log } from '@optml/contract/log';
import { describeCause, describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import type { BatchingOptions } from '../predictor/batching-options.ts';
import type { AdapterHandleOptions } from './adapter-handle.ts';
import type { AdapterSettings } from './adapter-registry.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { LoadModel, LoadOptions, ModelHandle, WorkerSettings } from './model-handle.ts';

export interface ServedModelOptions {
  readonly modelDirectory: string;
  readonly workers: WorkerSettings;
  readonly defaultAccept?: string | undefined;
  readonly batching?: BatchingOptions | undefined;
  readonly sessions?: SessionSettings | undefined;
  readonly adapters?: AdapterSettings | undefined;
  readonly limits: { readonly invocationMs: number; readonly streamMs: number };
  /** Asked when loading begins: whether replies say when their steps happened. */
  isTimed(): boolean;
  readonly holders?: LoadOptions['holders'];
  readonly log: Log;
}

/** Whether a predictor's sessions are opened, and in place of what the predictor says, how many and for how long. */
export interface SessionSettings {
  /** Default true where the predictor has sessions. */
  readonly isEnabled?: boolean | undefined;
  readonly expirySeconds?: number | undefined;
  readonly maximumCount?: number | undefined;
}

/** Said where batching is configured for a predictor that cannot. */
const batchesNothing =
  'batching is configured, and the predictor has no predictBatch: write predictBatch in place of predict, or leave out the batching';

const keepsNothing =
  'sessions are configured, and the predictor has none: define sessions in the predictor, or leave out the setting';

export type ServedModel = ReturnType<typeof createServedModel>;

/** Creates a model without loading it. */
export function createServedModel(predictor: URL, loadModel: LoadModel, options: ServedModelOptions) {
  const { modelDirectory, workers, defaultAccept, batching, sessions, adapters, limits, holders, log } =
    options;
  const { invocationMs, streamMs } = limits;
  const lifecycle = createLifecycle();
  const loading = new AbortController();
  let handle: ModelHandle | undefined;
  let loaded: Promise<void> | undefined;
  const load = async () => {
    const how = { defaultAccept, batching, invocationMs, streamMs, isTimed: options.isTimed() };
    const source = { predictor: predictor.href, modelDirectory, ...how };
    const onDied = (error: ServeError) => failWith(error, lifecycle, log);
    try {
      const { signal } = loading;
      const loaded = await loadModel(source, { signal, workers, holders, log, onDied });
      handle = await addAdaptersTo(await addSessionsTo(loaded, sessions, log), {
        ...adapters,
        memoryMiB: workers.memoryMiB,
        log,
      });
      lifecycle.markReady();
      if (isSet(batching))
        handle.describe().then(
          ({ isBatching }) => isBatching || log.warn(batchesNothing),
          () => {},
        );
    } catch (error) {
      failWith(toServeError(error), lifecycle, log);
    }
  };
  return {
    lifecycle,
    /** Begins to load; the end is told by the lifecycle. */
    load(): void {
      loaded ??= load();
    },
    /** @throws ServeError `MODEL_NOT_READY`. */
    get(): ModelHandle {
      if (handle === undefined || lifecycle.state === 'failed') throw createNotReadyError(lifecycle.state);
      return handle;
    },
    /** How it answers chat completions; `undefined` where it does not, or is not loaded. */
    findChat: () => handle?.chat,
    /** None before the model is loaded. */
    countWorkers: () => handle?.countWorkers() ?? { ready: 0, restarts: 0, lost: 0 },
    /** Of a predictor that has sessions. */
    countSessions: () => handle?.countSessions?.(),
    /** Of a predictor that has adapters. */
    countAdapters: () => handle?.adapters?.count(),
    /** True when an invocation would succeed now. */
    isHealthy: () => lifecycle.state === 'ready' && handle !== undefined && handle.isHealthy(),
    /** Ends loading for a reason, or unloads; never rejects. */
    async unload(reason = new ServeError('SERVER_CLOSED', 'the server is closing')): Promise<void> {
      loading.abort(reason);
      await loaded;
      await handle?.unload();
    },
  };
}

/** Only a predictor that has sessions loads what they need. */
async function addSessionsTo(
  handle: ModelHandle,
  { isEnabled, ...terms }: SessionSettings = {},
  log: Log,
): Promise<ModelHandle> {
  const own = handle.sessions;
  if (own === undefined) {
    if (isEnabled === true || isSet(terms)) log.warn(keepsNothing);
    return handle;
  }
  const { addSessions, refuseSessions } = await import('./session-handle.ts');
  if (isEnabled === false) return refuseSessions(handle);
  const { expirySeconds = own.expirySeconds, maximumCount = own.maximumCount } = terms;
  return addSessions(handle, { expirySeconds, maximumCount });
}

/** Only a predictor that has adapters loads what they need. */
async function addAdaptersTo(handle: ModelHandle, options: AdapterHandleOptions): Promise<ModelHandle> {
  const { adapterLoader } = handle;
  if (adapterLoader === undefined) return handle;
  const { addAdapters } = await import('./adapter-handle.ts');
  return addAdapters(handle, adapterLoader, options);
}

function isSet(settings: object = {}): boolean {
  return Object.values(settings).some((value) => value !== undefined);
}

function failWith(error: ServeError, lifecycle: Lifecycle, log: Log): void {
  if (lifecycle.state === 'starting' || lifecycle.state === 'ready') {
    const { code, message: reason } = error;
    const stack = describeCause(error);
    log.error('the model cannot be served', stack === undefined ? { code, reason } : { code, reason, stack });
  } else {
    log.debug('the model ended while the server was closing', { code: error.code, reason: error.message });
  }
  lifecycle.fail(error);
}

function toServeError(error: unknown): ServeError {
  if (error instanceof ServeError) return error;
  return new ServeError('MODEL_LOAD_FAILED', `loading the model failed: ${describeThrown(error)}`, {
    cause: error,
  });
}

function createNotReadyError(state: string): ServeError {
  const advice =
    state === 'starting'
      ? 'it is still being loaded, try again when /ping answers 200'
      : `the server is ${state}`;
  return new ServeError('MODEL_NOT_READY', `the model is not ready: ${advice}`);
}
