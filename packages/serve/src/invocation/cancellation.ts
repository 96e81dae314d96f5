/** Tells an invocation that nobody waits for it any more, without the price of an AbortSignal for those that never look. */

import type { ServeError } from '../errors/errors.ts';

/** The end of the wait for one invocation; its AbortSignal is made when it is first asked for. */
export class Cancellation {
  #controller: AbortController | undefined;
  #reason: ServeError | undefined;
  #listener: ((reason: ServeError) => void) | undefined;

  /** Why nobody waits any more; `undefined` as long as somebody does. */
  get reason(): ServeError | undefined {
    return this.#reason;
  }

  /** Aborts with the reason. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Ends the wait; only the first call counts. */
  cancel(reason: ServeError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#listener?.(reason);
  }

  /** Calls `listener` once when the wait ends; at once when it has ended. There is one listener, the last. */
  onCancel(listener: (reason: ServeError) => void): void {
    this.#listener = listener;
    if (this.#reason !== undefined) listener(this.#reason);
  }
}
