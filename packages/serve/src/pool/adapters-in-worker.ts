/** Loads and unloads adapters where the user code runs, as the server asks for it. */

import { describeInFull, describeThrown } from '../errors/describe-thrown.ts';
import { ServeError, type ServeErrorCode } from '../errors/errors.ts';
import type { AdapterSource } from '../invocation/adapter-use.ts';
import type { AdapterStore } from '../predictor/adapter-store.ts';
import type { FromWorker, SentError } from './worker-messages.ts';

/** Puts an error into a form that crosses threads. */
function toSentError(error: unknown, code: ServeErrorCode): SentError {
  return {
    code: error instanceof ServeError ? error.code : code,
    message: describeThrown(error),
    cause: describeInFull(error instanceof ServeError ? error.cause : error),
  };
}

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
  }

  async #answer(call: number, work: Promise<void>): Promise<void> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => toSentError(thrown, 'ADAPTER_LOAD_FAILED'),
    );
    this.#send({ type: 'adapter', call, error });
  }
}
