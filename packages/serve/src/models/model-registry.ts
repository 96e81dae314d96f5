/** The models of a server by their names: loads of one name happen once, and each model stands alone. */

import { resolvePaths } from '@optml/contract/paths';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { createLifecycle } from '../model/lifecycle.ts';
import type { Isolation, ModelHandle } from '../model/model-handle.ts';
import type { ServedModelOptions } from '../model/served-model.ts';
import type { WorkerCounts } from '../observability/server-gauges.ts';
import { chooseLoader } from '../pool/choose-loader.ts';
import { createSpareLoader } from '../pool/spare-thread.ts';
import { createModelMemory, type ModelMemory } from './model-memory.ts';
import { NamedModel, type NamedModelOptions } from './named-model.ts';

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

const waitMs = 350_000;
/** Between two measures of the memory while models are being loaded. */
const measureMs = 20;
/** How long an unload waits when the server ends: what was in flight has had its answer. */
const lastWaitMs = 500;

/** The models of a server, none of which is loaded at first. */
export class ModelRegistry {
  readonly #models = new Map<string, NamedModel>();
  readonly #lifecycle = createLifecycle();
  readonly #loads: LoadWatch;
  readonly #stopLoader: () => Promise<void>;
  readonly #modelOptions: NamedModelOptions;
  #goneRestarts = 0;
  #lastNumber = 0;

  constructor(predictor: URL, options: RegistryOptions) {
    const {
      modelsDirectory = resolvePaths().models,
      loadMs = waitMs,
      unloadMs = waitMs,
    } = options.multiModel ?? {};
    const { isolation = 'worker' } = options;
    const { count = 1, memoryMiB } = options.workers;
    const memory = createModelMemory({ isolation, workers: count, memoryMiB });
    const loads = createLoadWatch(memory);
    const { loadModel, stop } = createLoader(isolation, memory);
    this.#loads = loads;
    this.#stopLoader = stop;
    this.#modelOptions = {
      ...options,
      holders: new Set(),
      workers: { ...options.workers, count },
      predictor,
      loadModel,
      modelsDirectory,
      loadMs,
      unloadMs,
      refuse: () => memory.refuse(loads.count - 1),
    };
  }

  /**
   * Loads a model; of two loads of one name at the same time, the second gets the result of the first.
   *
   * @throws ServeError `MODEL_ALREADY_LOADED`, `MODEL_REQUEST_INVALID`, `MEMORY_INSUFFICIENT`, `MODEL_LOAD_TIMEOUT`,
   * `MODEL_UNLOADED`, `SERVER_CLOSED`, or what a load of a predictor throws.
   */
  async load(name: string, url: string): Promise<void> {
    for (let known = this.#models.get(name); known !== undefined; known = this.#models.get(name)) {
      if (known.state === 'loading' && known.url === url) return await known.loaded;
      if (known.state !== 'unloading' && !known.hasFailed) throw createLoadedError(known);
      await this.#remove(known);
    }
    if (this.#lifecycle.isClosing) throw new ServeError('SERVER_CLOSED', 'the server is closing');
    this.#lastNumber += 1;
    const model = new NamedModel({ name, url, number: this.#lastNumber }, this.#modelOptions);
    this.#models.set(name, model);
    try {
      await this.#loads.watch(model);
    } catch (error) {
      if (this.#models.get(name) === model) this.#models.delete(name);
      throw error;
    }
  }

  /** @throws ServeError `MODEL_NOT_FOUND` */
  async unload(name: string): Promise<void> {
    const model = this.#models.get(name);
    if (model === undefined) throw createUnknownError(name);
    await this.#remove(model);
  }

  async #remove(model: NamedModel): Promise<void> {
    await model.unload();
    if (this.#models.get(model.name) !== model) return;
    this.#models.delete(model.name);
    this.#goneRestarts += model.countWorkers().restarts;
  }

  /** Gives a model that takes requests, or is being loaded. @throws ServeError `MODEL_NOT_FOUND` */
  find(name: string): NamedModel {
    const model = this.#models.get(name);
    if (model === undefined || model.state === 'unloading') throw createUnknownError(name);
    return model;
  }

  /** Gives a model that takes requests. @throws ServeError `MODEL_NOT_FOUND` */
  findLoaded(name: string): NamedModel {
    const model = this.#models.get(name);
    if (model?.isLoaded !== true) throw createUnknownError(name);
    return model;
  }

  /** Those that take requests, in the order in which their loads began. */
  list(): readonly NamedModel[] {
    return [...this.#models.values()].filter(({ isLoaded }) => isLoaded);
  }

  /** Ends all loads; what waits for them gets the reason. */
  abortLoads(reason: ServeError): void {
    this.#loads.abort(reason);
  }

  /** What the server sees of all models together, as if they were one. */
  readonly server = {
    lifecycle: this.#lifecycle,
    load: this.#lifecycle.markReady,
    /** @throws ServeError always: no model is meant. */
    get(): ModelHandle {
      const advice = 'use POST /models/{name}/invoke';
      throw new ServeError('ROUTE_NOT_FOUND', `this server has several models: ${advice}`);
    },
    findChat: () => undefined,
    countWorkers: () => sumWorkers(this.#models.values(), this.#goneRestarts),
    countModels: () => this.list().length,
    countAdapters: () => undefined,
    countSessions: () => sumSessions(this.#models.values()),
    isHealthy: () => this.#lifecycle.state === 'ready',
    unload: async (): Promise<void> => {
      this.abortLoads(new ServeError('SERVER_CLOSED', 'the server is closing'));
      const unloads = Array.from(this.#models.values(), (model) => model.unload(lastWaitMs));
      await Promise.all([this.#stopLoader(), ...unloads]);
    },
  };
}

/** A process that only waits would take as much memory as several models. */
function createLoader(isolation: Isolation, memory: ModelMemory) {
  if (isolation === 'worker') return createSpareLoader(() => memory.refuse(1) === undefined);
  return { loadModel: chooseLoader(isolation), stop: async () => undefined };
}

type LoadWatch = ReturnType<typeof createLoadWatch>;

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

/** `undefined` where no model has sessions. */
function sumSessions(models: Iterable<NamedModel>): number | undefined {
  let sum: number | undefined;
  for (const model of models) {
    const count = model.countSessions();
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

function createLoadedError({ name, url, state }: NamedModel): ServeError {
  const what = state === 'loading' ? 'is being loaded' : 'is loaded already';
  const message = `the model ${quoteName(name)} ${what}, from ${JSON.stringify(url)}: unload it first`;
  return new ServeError('MODEL_ALREADY_LOADED', message);
}

function createUnknownError(name: string): ServeError {
  const message = `the model ${quoteName(name)} is not loaded: load it with POST /models first`;
  return new ServeError('MODEL_NOT_FOUND', message);
}
