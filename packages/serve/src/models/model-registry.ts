/** The models of a server by their names: loads of one name happen once, and each model stands alone. */

import { resolvePaths } from '@optml/contract/paths';
import { ServeError } from '../errors/errors.ts';
import { createLifecycle } from '../model/lifecycle.ts';
import type { Isolation, ModelHandle } from '../model/model-handle.ts';
import type { ServedModelOptions } from '../model/served-model.ts';
import type { WorkerCounts } from '../observability/server-gauges.ts';
import { chooseLoader } from '../pool/choose-loader.ts';
import { createSpareLoader } from '../pool/spare-thread.ts';
import { createModelMemory, type ModelMemory } from './model-memory.ts';
import { NamedModel, quoteName } from './named-model.ts';

/** How a server loads and unloads several models. */
export interface MultiModelOptions {
  /** The folder that holds those of all models; default `/opt/ml/models`. */
  readonly modelsDirectory?: string | undefined;
  /** The time for one load; default 350,000 ms. */
  readonly loadMs?: number | undefined;
  /** How long an unload waits for what is in flight; default 350,000 ms, as the platform gives up after 360 s. */
  readonly unloadMs?: number | undefined;
}

export interface RegistryOptions extends Omit<ServedModelOptions, 'modelDirectory'> {
  readonly isolation?: Isolation | undefined;
  readonly multiModel?: MultiModelOptions | undefined;
}

export type ModelRegistry = ReturnType<typeof createModelRegistry>;

const waitMs = 350_000;
/** Between two measures of the memory while models are being loaded. */
const measureMs = 20;
/** How long an unload waits when the server ends: what was in flight has had its answer. */
const lastWaitMs = 500;

/** Creates the models of a server, of which none is loaded. `server` is what the server sees of them, as of one model. */
export function createModelRegistry(predictor: URL, options: RegistryOptions) {
  const {
    modelsDirectory = resolvePaths().models,
    loadMs = waitMs,
    unloadMs = waitMs,
  } = options.multiModel ?? {};
  const { isolation = 'worker' } = options;
  const { count = 1, memoryMiB } = options.workers;
  const models = new Map<string, NamedModel>();
  const lifecycle = createLifecycle();
  const memory = createModelMemory({ isolation, workers: count, memoryMiB });
  const loads = createLoadWatch(memory);
  const { loadModel, stop } = createLoader(isolation, memory);
  let goneRestarts = 0;
  let lastNumber = 0;
  const workers = { ...options.workers, count };
  const holders = new Set<() => number>();
  const own = { ...options, holders, workers, predictor, loadModel, modelsDirectory, loadMs, unloadMs };

  const remove = async (model: NamedModel): Promise<void> => {
    await model.unload();
    if (models.get(model.name) !== model) return;
    models.delete(model.name);
    goneRestarts += model.countWorkers().restarts;
  };
  const refuse = () => memory.refuse(loads.count - 1);
  const begin = (name: string, url: string): Promise<void> => {
    lastNumber += 1;
    const model = new NamedModel({ name, url, number: lastNumber }, { ...own, refuse });
    models.set(name, model);
    return loads.watch(model).catch((error) => {
      if (models.get(name) === model) models.delete(name);
      throw error;
    });
  };
  return {
    /**
     * Loads a model; of two loads of one name at the same time, the second gets the result of the first.
     *
     * @throws ServeError `MODEL_ALREADY_LOADED`, `MODEL_REQUEST_INVALID`, `MEMORY_INSUFFICIENT`, `MODEL_LOAD_TIMEOUT`,
     * `MODEL_UNLOADED`, `SERVER_CLOSED`, or what a load of a predictor throws.
     */
    async load(name: string, url: string): Promise<void> {
      for (let known = models.get(name); known !== undefined; known = models.get(name)) {
        if (known.state === 'loading' && known.url === url) return await known.loaded;
        if (known.state !== 'unloading' && !known.hasFailed) throw createLoadedError(known);
        await remove(known);
      }
      if (lifecycle.isClosing) throw new ServeError('SERVER_CLOSED', 'the server is closing');
      await begin(name, url);
    },
    /** @throws ServeError `MODEL_NOT_FOUND` */
    async unload(name: string): Promise<void> {
      const model = models.get(name);
      if (model === undefined) throw createUnknownError(name);
      await remove(model);
    },
    /** Gives a model that takes requests, or is being loaded. @throws ServeError `MODEL_NOT_FOUND` */
    find(name: string): NamedModel {
      const model = models.get(name);
      if (model === undefined || model.state === 'unloading') throw createUnknownError(name);
      return model;
    },
    /** Gives a model that takes requests. @throws ServeError `MODEL_NOT_FOUND` */
    findLoaded(name: string): NamedModel {
      const model = models.get(name);
      if (model?.isLoaded !== true) throw createUnknownError(name);
      return model;
    },
    /** Those that take requests, in the order in which their loads began. */
    list: (): readonly NamedModel[] => [...models.values()].filter(({ isLoaded }) => isLoaded),
    abortLoads: loads.abort,
    server: {
      lifecycle,
      load: lifecycle.markReady,
      /** @throws ServeError always: no model is meant. */
      get(): ModelHandle {
        const advice = 'use POST /models/{name}/invoke';
        throw new ServeError('ROUTE_NOT_FOUND', `this server has several models: ${advice}`);
      },
      countWorkers: () => sumWorkers(models.values(), goneRestarts),
      countModels: () => [...models.values()].filter(({ isLoaded }) => isLoaded).length,
      isHealthy: () => lifecycle.state === 'ready',
      async unload(): Promise<void> {
        loads.abort(new ServeError('SERVER_CLOSED', 'the server is closing'));
        await Promise.all([stop(), ...Array.from(models.values(), (model) => model.unload(lastWaitMs))]);
      },
    },
  };
}

/** A process that only waits would take as much memory as several models. */
function createLoader(isolation: Isolation, memory: ModelMemory) {
  if (isolation === 'worker') return createSpareLoader(() => memory.refuse(1) === undefined);
  return { loadModel: chooseLoader(isolation), stop: async () => undefined };
}

/** Measures the memory as long as models are being loaded, and ends the youngest load when there is too little. */
function createLoadWatch(memory: ModelMemory) {
  const loading = new Set<NamedModel>();
  let timer: NodeJS.Timeout | undefined;
  const measure = () => {
    const shortage = memory.findShortage();
    const [youngest] = [...loading].slice(-1);
    if (shortage !== undefined) youngest?.abort(shortage);
  };
  return {
    get count(): number {
      return loading.size;
    },
    /** Settles as the load does. */
    async watch(model: NamedModel): Promise<void> {
      loading.add(model);
      timer ??= setInterval(measure, measureMs).unref();
      try {
        await model.loaded;
      } finally {
        loading.delete(model);
        if (loading.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      }
    },
    abort(reason: ServeError): void {
      for (const model of loading) model.abort(reason);
    },
  };
}

function sumWorkers(models: Iterable<NamedModel>, goneRestarts: number): WorkerCounts {
  const sum = { ready: 0, restarts: goneRestarts, lost: 0 };
  for (const model of models) {
    const { ready, restarts, lost } = model.countWorkers();
    sum.ready += ready;
    sum.restarts += restarts;
    sum.lost += lost;
  }
  return sum;
}

function createLoadedError({ name, url, state }: NamedModel): ServeError {
  const what = state === 'loading' ? 'is being loaded' : 'is loaded already';
  const message = `the model ${quoteName(name)} ${what}, from ${JSON.stringify(url)}: unload it first`;
  return new ServeError('MODEL_ALREADY_LOADED', message);
}

function createUnknownError(name: string): ServeError {
  const message = `the model ${quoteName(name)} is not loaded: load it by POST /models first`;
  return new ServeError('MODEL_NOT_FOUND', message);
}
