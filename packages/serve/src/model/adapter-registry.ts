/** The adapters of a model by their names: loads of one name happen once, and an unload waits for what is in flight. */

import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { type AdapterRequest, createLateError } from '../invocation/adapter-use.ts';
import { InFlight } from '../invocation/in-flight.ts';
import { createUnknownAdapterError } from '../predictor/adapter-options.ts';
import { findAdapterSource } from './find-adapter-source.ts';
import type { AdapterList, AdapterLoader, ListedAdapter } from './model-handle.ts';

/** How adapters are loaded and unloaded. */
export interface AdapterSettings {
  /** The time for one load in all workers; default 60,000 ms. */
  readonly loadMs?: number | undefined;
  /** How long an unload waits for what is in flight; default 60,000 ms. */
  readonly unloadMs?: number | undefined;
}

interface Entry extends ListedAdapter {
  state: 'loading' | 'loaded' | 'unloading';
  readonly stop: AbortController;
  readonly inFlight: InFlight;
  loaded: Promise<void>;
  unloading: Promise<void> | undefined;
}

const defaultMs = 60_000;

export class AdapterRegistry implements AdapterList {
  readonly #loader: AdapterLoader;
  readonly #loadMs: number;
  readonly #unloadMs: number;
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;
  #closed: ServeError | undefined;

  constructor(loader: AdapterLoader, { loadMs = defaultMs, unloadMs = defaultMs }: AdapterSettings) {
    this.#loader = loader;
    this.#loadMs = loadMs;
    this.#unloadMs = unloadMs;
  }

  async load(source: AdapterRequest): Promise<void> {
    const { name } = source;
    for (let known = this.#entries.get(name); known !== undefined; known = this.#entries.get(name)) {
      if (known.state === 'loading' && known.source === source.source) return await known.loaded;
      if (known.state !== 'unloading') throw createLoadedError(known);
      await known.unloading;
    }
    if (this.#closed !== undefined) throw this.#closed;
    this.#lastNumber += 1;
    const entry: Entry = {
      ...source,
      number: this.#lastNumber,
      state: 'loading',
      stop: new AbortController(),
      inFlight: new InFlight(),
      loaded: Promise.resolve(),
      unloading: undefined,
    };
    this.#entries.set(name, entry);
    entry.loaded = this.#load(entry);
    await entry.loaded;
  }

  async unload(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw createUnknownAdapterError(name);
    entry.unloading ??= this.#unload(entry);
    await entry.unloading;
  }

  find(name: string): ListedAdapter {
    return this.#findLoaded(name);
  }

  list(): readonly ListedAdapter[] {
    return [...this.#entries.values()].filter(({ state }) => state === 'loaded');
  }

  /** Takes in that a request uses an adapter; gives what is to be called once when it has ended. @throws ServeError `ADAPTER_NOT_FOUND` */
  enter(name: string): () => void {
    const { inFlight } = this.#findLoaded(name);
    let isInFlight = true;
    inFlight.enter();
    return () => {
      if (isInFlight) inFlight.leave();
      isInFlight = false;
    };
  }

  /** Ends the loads that are under way, and lets none begin. */
  close(reason: ServeError): void {
    this.#closed = reason;
    for (const { state, stop } of this.#entries.values()) if (state === 'loading') stop.abort(reason);
  }

  #findLoaded(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry?.state !== 'loaded') throw createUnknownAdapterError(name);
    return entry;
  }

  async #load(entry: Entry): Promise<void> {
    const { name, isPinned, stop } = entry;
    const timer = setTimeout(() => stop.abort(createLateError(this.#loadMs)), this.#loadMs);
    try {
      const source = await findAdapterSource(entry.source);
      const load = this.#loader.load({ name, source, isPinned, loadMs: this.#loadMs }, stop.signal);
      await Promise.race([load, rejectOnAbort(stop.signal)]);
      entry.state = 'loaded';
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
      throw explain(name, error as ServeError);
    } finally {
      clearTimeout(timer);
    }
  }

  async #unload(entry: Entry): Promise<void> {
    const { name, stop, inFlight } = entry;
    if (entry.state === 'loading') {
      stop.abort(new ServeError('ADAPTER_UNLOADED', 'it was unloaded while it was being loaded'));
      await entry.loaded.catch(() => undefined);
      if (this.#entries.get(name) !== entry) return;
    }
    entry.state = 'unloading';
    await inFlight.waitUntilEmpty(this.#unloadMs);
    await this.#loader.unload(name);
    this.#entries.delete(name);
  }
}

/** One that never ends is not waited for; what it gives in the end is released. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return promise;
}

/** A worker that ends in the middle of a load has most likely ended of it. */
function explain(name: string, error: ServeError): ServeError {
  if (error.code === 'ADAPTER_LOAD_FAILED' || error.code === 'ADAPTER_REQUEST_INVALID') return error;
  const code = error.code?.startsWith('WORKER_') ? 'ADAPTER_LOAD_FAILED' : error.code;
  const message = `loading the adapter ${quoteName(name)} failed: ${error.message}`;
  return new ServeError(code, message, { cause: error.cause });
}

function createLoadedError({ name, source, state }: Entry): ServeError {
  const what = state === 'loading' ? 'is being loaded' : 'is loaded already';
  const message = `the adapter ${quoteName(name)} ${what}, from ${JSON.stringify(source)}: unload it first`;
  return new ServeError('ADAPTER_ALREADY_LOADED', message);
}
