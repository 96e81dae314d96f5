/**
 * The adapters of a model by their names: loads of one name happen once, and an unload waits for what is in flight. One
 * that is not preloaded is loaded for the first request that names it.
 */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { type AdapterRequest, createLateError } from '../invocation/adapter-use.ts';
import { InFlight } from '../invocation/in-flight.ts';
import { createUnknownAdapterError } from '../predictor/adapter-options.ts';
import { findAdapterSource } from './find-adapter-source.ts';
import type { MemoryMeasure } from './memory-measure.ts';
import type { AdapterList, AdapterLoader, ListedAdapter } from './model-handle.ts';

/** How adapters are loaded and unloaded. */
export interface AdapterSettings {
  /** The time for one load in all workers; default 60,000 ms. */
  readonly loadMs?: number | undefined;
  /** How long an unload waits for what is in flight, and then for `adapters.unload`; default 60,000 ms each. */
  readonly unloadMs?: number | undefined;
}

interface Entry extends ListedAdapter {
  state: 'checking' | 'registered' | 'loading' | 'loaded' | 'unloading';
  stop: AbortController;
  readonly inFlight: InFlight;
  /** Settles when it is loaded, or, of one that is not preloaded, first when it is registered. */
  loaded: Promise<void>;
  unloading: Promise<void> | undefined;
}

/** One request's use of an adapter. */
interface AdapterUse {
  /** To be waited for; `undefined` where the adapter is loaded. */
  readonly loaded: Promise<void> | undefined;
  /** To be called once the request has ended; further calls do nothing. */
  leave(): void;
}

interface RegistryParts {
  readonly loader: AdapterLoader;
  readonly memory: MemoryMeasure;
  readonly log: Log;
}

const defaultMs = 60_000;

export class AdapterRegistry implements AdapterList {
  readonly #loader: AdapterLoader;
  readonly #memory: MemoryMeasure;
  readonly #log: Log;
  readonly #loadMs: number;
  readonly #unloadMs: number;
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;
  #closed: ServeError | undefined;

  constructor(
    { loader, memory, log }: RegistryParts,
    { loadMs = defaultMs, unloadMs = defaultMs }: AdapterSettings,
  ) {
    this.#loader = loader;
    this.#memory = memory;
    this.#log = log;
    this.#loadMs = loadMs;
    this.#unloadMs = unloadMs;
  }

  async load(source: AdapterRequest): Promise<void> {
    const { name } = source;
    for (let known = this.#entries.get(name); known !== undefined; known = this.#entries.get(name)) {
      if (isBeginning(known) && known.source === source.source) return await known.loaded;
      if (known.state !== 'unloading') throw createLoadedError(known);
      await known.unloading;
    }
    if (this.#closed !== undefined) throw this.#closed;
    this.#lastNumber += 1;
    const entry: Entry = {
      ...source,
      number: this.#lastNumber,
      state: 'checking',
      stop: new AbortController(),
      inFlight: new InFlight(),
      loaded: Promise.resolve(),
      unloading: undefined,
    };
    this.#entries.set(name, entry);
    entry.loaded = source.isPreloaded ? this.#load(entry) : this.#register(entry);
    await entry.loaded;
  }

  async unload(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw createUnknownAdapterError(name);
    entry.unloading ??= this.#unload(entry);
    await entry.unloading;
  }

  find(name: string): ListedAdapter {
    return this.#findUsable(name);
  }

  list(): readonly ListedAdapter[] {
    return [...this.#entries.values()].filter(isUsable);
  }

  count(): number {
    return [...this.#entries.values()].filter(({ state }) => state === 'loaded').length;
  }

  /** Takes in that a request uses an adapter. @throws ServeError `ADAPTER_NOT_FOUND` */
  enter(name: string): AdapterUse {
    const entry = this.#findUsable(name);
    if (entry.state === 'registered') {
      if (this.#closed !== undefined) throw this.#closed;
      entry.stop = new AbortController();
      entry.loaded = this.#load(entry);
      entry.loaded.catch(() => undefined);
    }
    const { inFlight } = entry;
    let isInFlight = true;
    inFlight.enter();
    const leave = () => {
      if (isInFlight) inFlight.leave();
      isInFlight = false;
    };
    return { loaded: entry.state === 'loaded' ? undefined : entry.loaded, leave };
  }

  /** Ends the loads that are under way, and lets none begin. */
  close(reason: ServeError): void {
    this.#closed = reason;
    for (const entry of this.#entries.values()) if (isBeginning(entry)) entry.stop.abort(reason);
  }

  #findUsable(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined || !isUsable(entry)) throw createUnknownAdapterError(name);
    return entry;
  }

  /** Looks now whether it is there; it is loaded later. */
  async #register(entry: Entry): Promise<void> {
    try {
      await findAdapterSource(entry.source);
      entry.stop.signal.throwIfAborted();
      entry.state = 'registered';
    } catch (error) {
      this.#forget(entry);
      throw explain(entry, error as ServeError);
    }
  }

  async #load(entry: Entry): Promise<void> {
    const { name, isPinned, stop } = entry;
    entry.state = 'loading';
    const timer = setTimeout(() => stop.abort(createLateError(this.#loadMs)), this.#loadMs);
    try {
      const source = await findAdapterSource(entry.source);
      const shortage = this.#memory.refuse(0, 'an adapter');
      if (shortage !== undefined) throw shortage;
      const load = this.#loader.load({ name, source, isPinned, loadMs: this.#loadMs }, stop.signal);
      await Promise.race([load, rejectOnAbort(stop.signal)]);
      entry.state = 'loaded';
    } catch (error) {
      // The next request that names it tries again.
      if (!entry.isPreloaded && entry.unloading === undefined) entry.state = 'registered';
      else this.#forget(entry);
      throw explain(entry, error as ServeError);
    } finally {
      clearTimeout(timer);
    }
  }

  async #unload(entry: Entry): Promise<void> {
    const { name, stop, inFlight } = entry;
    if (isBeginning(entry)) {
      stop.abort(new ServeError('ADAPTER_UNLOADED', 'it was unloaded while it was being loaded'));
      await entry.loaded.catch(() => undefined);
      if (this.#entries.get(name) !== entry) return;
    }
    entry.state = 'unloading';
    await inFlight.waitUntilEmpty(this.#unloadMs);
    await this.#release(name);
    this.#forget(entry);
  }

  /** One that does not let go has no name any more, and keeps what it holds. */
  async #release(name: string): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#log.error('unloading an adapter does not end: what it holds is not given back', {
        adapter: name.slice(0, 100),
        unloadMs: this.#unloadMs,
      });
      late.resolve();
    }, this.#unloadMs);
    await Promise.race([this.#loader.unload(name), late.promise]);
    clearTimeout(timer);
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
  }
}

function isBeginning({ state }: Entry): boolean {
  return state === 'checking' || state === 'loading';
}

/** Whether requests may name it. */
function isUsable({ state, isPreloaded }: Entry): boolean {
  return state === 'loaded' || state === 'registered' || (state === 'loading' && !isPreloaded);
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
function explain({ name, state }: Entry, error: ServeError): ServeError {
  // Of a later load, it is not the request that is wrong.
  const isOfRequest = error.code === 'ADAPTER_REQUEST_INVALID';
  if (error.code === 'ADAPTER_LOAD_FAILED' || (isOfRequest && state !== 'registered')) return error;
  const message = `loading the adapter ${quoteName(name)} failed: ${error.message}`;
  return new ServeError(chooseCode(error), message, { cause: error.cause });
}

function chooseCode({ code }: ServeError): ServeError['code'] {
  if (code === 'WORKER_OUT_OF_MEMORY') return 'MEMORY_INSUFFICIENT';
  return code === 'ADAPTER_REQUEST_INVALID' || code?.startsWith('WORKER_') ? 'ADAPTER_LOAD_FAILED' : code;
}

const stateWords = {
  checking: 'is being loaded',
  loading: 'is being loaded',
  registered: 'is registered already',
  loaded: 'is loaded already',
  unloading: 'is being unloaded',
} as const satisfies Record<Entry['state'], string>;

function createLoadedError({ name, source, state }: Entry): ServeError {
  const message = `the adapter ${quoteName(name)} ${stateWords[state]}, from ${JSON.stringify(source)}: unload it first`;
  return new ServeError('ADAPTER_ALREADY_LOADED', message);
}
