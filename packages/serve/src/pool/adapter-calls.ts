/** What the server has asked one worker to do with adapters, and has no answer to. */

import { ServeError } from '../errors/errors.ts';
import type { AdapterSource } from '../invocation/adapter-use.ts';
import type { WorkerHost } from './worker-host.ts';
import type { FromWorker } from './worker-messages.ts';

export class AdapterCalls {
  readonly #host: WorkerHost;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #lastCall = 0;

  constructor(host: WorkerHost) {
    this.#host = host;
  }

  /** True while the worker is asked for something. */
  get isBusy(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Loads an adapter in the worker; rejects at once when `signal` aborts.
   *
   * @throws ServeError `ADAPTER_LOAD_FAILED`, the reason of the signal, or that of the worker's end
   */
  async load(adapter: AdapterSource, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const [call, answer] = this.#begin();
    const abort = () => {
      const { code, message } = signal.reason as ServeError;
      this.#host.send({ type: 'abort-adapter', call, code, reason: message });
      answer.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#host.send({ type: 'load-adapter', call, adapter });
    try {
      await answer.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** @throws ServeError when the worker ends before */
  async unload(name: string): Promise<void> {
    const [call, answer] = this.#begin();
    this.#host.send({ type: 'unload-adapter', call, name });
    await answer.promise;
  }

  settle({ call, error }: Extract<FromWorker, { type: 'adapter' }>): void {
    const answer = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error === undefined) answer?.resolve();
    else answer?.reject(new ServeError(error.code, error.message, { cause: error.cause }));
  }

  /** Ends all calls of a worker that has ended. */
  end(reason: ServeError): void {
    for (const answer of this.#waiting.values()) answer.reject(reason);
    this.#waiting.clear();
  }

  #begin(): readonly [call: number, answer: PromiseWithResolvers<void>] {
    this.#lastCall += 1;
    const answer = Promise.withResolvers<void>();
    this.#waiting.set(this.#lastCall, answer);
    return [this.#lastCall, answer];
  }
}
