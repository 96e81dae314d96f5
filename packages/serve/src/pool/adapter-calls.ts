/** What the server has asked one worker to do with adapters, and has no answer to. */

import type { ServeError } from '../errors/errors.ts';
import type { AdapterSource } from '../invocation/adapter-use.ts';
import type { WorkerHost } from './worker-host.ts';
import { type FromWorker, restoreError } from './worker-messages.ts';

export class AdapterCalls {
  readonly #host: WorkerHost;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  /** Loads that somebody waits for. */
  readonly #loads = new Set<number>();
  /** Loads that the worker has not noticed to be aborted, and since when. */
  readonly #unnoticed = new Map<number, number>();
  #lastCall = 0;
  #endReason: ServeError | undefined;

  constructor(host: WorkerHost) {
    this.#host = host;
  }

  /** True once the worker was asked to load or unload anything. */
  get wasAsked(): boolean {
    return this.#lastCall > 0;
  }

  /** True while somebody waits for a load, or the worker has not noticed that nobody does. */
  get isBusy(): boolean {
    return this.#loads.size > 0 || this.#unnoticed.size > 0;
  }

  /** Since when the worker has not noticed that a load was aborted; infinite when it has noticed all. */
  get overdueSinceMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#unnoticed.values());
  }

  /** Takes in that the worker has told a load to end; one that never does is the author's own. */
  noteNoticed(call: number): void {
    this.#unnoticed.delete(call);
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
      this.#loads.delete(call);
      this.#unnoticed.set(call, performance.now());
      answer.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#loads.add(call);
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
    this.#loads.delete(call);
    this.#unnoticed.delete(call);
    if (error === undefined) answer?.resolve();
    else answer?.reject(restoreError(error));
  }

  /** Ends all calls of a worker that has ended, and those that still come. */
  end(reason: ServeError): void {
    this.#endReason = reason;
    for (const answer of this.#waiting.values()) answer.reject(reason);
    this.#waiting.clear();
    this.#loads.clear();
    this.#unnoticed.clear();
  }

  #begin(): readonly [call: number, answer: PromiseWithResolvers<void>] {
    if (this.#endReason !== undefined) throw this.#endReason;
    this.#lastCall += 1;
    const answer = Promise.withResolvers<void>();
    this.#waiting.set(this.#lastCall, answer);
    return [this.#lastCall, answer];
  }
}
