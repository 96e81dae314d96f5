/** Loads and unloads adapters where the user code runs, as the server asks for it. */

import { describeCause } from '../errors/describe-thrown.ts';
import type { ServeError } from '../errors/errors.ts';
import type { AdapterSource } from '../invocation/adapter-use.ts';
import type { AdapterStore } from '../predictor/adapter-store.ts';
import type { FromWorker } from './worker-messages.ts';

export class AdaptersInWorker {
  readonly #store: AdapterStore;
  readonly #send: (message: FromWorker) => void;
  readonly #loading = new Map<number, AbortController>();

  constructor(store: AdapterStore, send: (message: FromWorker) => void) {
    this.#store = store;
    this.#send = send;
  }

  async load(call: number, adapter: AdapterSource): Promise<void> {
    const controller = new AbortController();
    this.#loading.set(call, controller);
    await this.#answer(call, this.#store.load(adapter, controller.signal));
    this.#loading.delete(call);
  }

  async unload(call: number, name: string): Promise<void> {
    await this.#answer(call, this.#store.unload(name));
  }

  abort(call: number, reason: ServeError): void {
    this.#loading.get(call)?.abort(reason);
    this.#send({ type: 'adapter-aborted', call });
  }

  async #answer(call: number, work: Promise<void>): Promise<void> {
    const error = await work.then(
      () => undefined,
      (error: ServeError) => ({ code: error.code, message: error.message, cause: describeCause(error) }),
    );
    this.#send({ type: 'adapter', call, error });
  }
}
