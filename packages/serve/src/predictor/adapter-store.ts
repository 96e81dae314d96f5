/** Holds the adapters of one worker. */

import { type Log, withFields } from '@optml/contract/log';
import { describeInFull, describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import type { AdapterSource } from '../invocation/adapter-use.ts';
import type { AdapterOptions } from './adapter-options.ts';

interface Loaded {
  readonly value: unknown;
}

export class AdapterStore {
  readonly #model: unknown;
  readonly #options: AdapterOptions;
  readonly #log: Log;
  readonly #loaded = new Map<string, Loaded>();

  constructor(model: unknown, options: AdapterOptions, log: Log) {
    this.#model = model;
    this.#options = options;
    this.#log = log;
  }

  /** What `load` gave; `undefined` for one that is not loaded. */
  find(name: string): Loaded | undefined {
    return this.#loaded.get(name);
  }

  /**
   * Loads an adapter that is not loaded. One that comes after `signal` has aborted is released at once.
   *
   * @throws ServeError `ADAPTER_LOAD_FAILED`, or the reason of the signal
   */
  async load({ name, source, isPinned }: AdapterSource, signal: AbortSignal): Promise<void> {
    const log = withFields(this.#log, { adapter: name.slice(0, 100) });
    let value: unknown;
    try {
      value = await this.#options.load({ name, source, isPinned, model: this.#model, signal, log });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      const message = `loading the adapter ${quoteName(name)} from ${source} failed: ${describeThrown(cause)}`;
      throw new ServeError('ADAPTER_LOAD_FAILED', message, { cause });
    }
    if (!signal.aborted) {
      this.#loaded.set(name, { value });
      return;
    }
    await this.#release(name, value);
    throw signal.reason;
  }

  /** Does nothing for one that is not loaded; never rejects. */
  async unload(name: string): Promise<void> {
    const loaded = this.#loaded.get(name);
    if (loaded === undefined) return;
    this.#loaded.delete(name);
    await this.#release(name, loaded.value);
  }

  /** Unloads all that are left; never rejects. */
  async unloadAll(): Promise<void> {
    await Promise.all(Array.from(this.#loaded.keys(), (name) => this.unload(name)));
  }

  async #release(name: string, value: unknown): Promise<void> {
    try {
      await this.#options.unload?.({ name, value }, { model: this.#model, log: this.#log });
    } catch (error) {
      const facts = {
        adapter: name.slice(0, 100),
        reason: describeThrown(error),
        stack: describeInFull(error),
      };
      this.#log.error('unloading an adapter failed', facts);
    }
  }
}
