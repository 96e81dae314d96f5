/** Holds a sender up while the other side has not taken enough of what was sent. */

import { windowBytes } from './piece-queue.ts';

/** Of one sender, who waits before the next piece. */
export class SendWindow {
  #room = windowBytes;
  #isStopped = false;
  #waiting: (() => void) | undefined;

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** A piece was sent. */
  take(weight: number): void {
    this.#room -= weight;
  }

  /** The other side has taken pieces. */
  add(weight: number): void {
    this.#room += weight;
    if (this.#room > 0) this.#waiting?.();
  }

  /** Nobody takes anything any more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting?.();
  }

  /** Resolves when the next piece may be sent; `undefined` when that is now. */
  wait(): Promise<void> | undefined {
    if (this.#room > 0 || this.#isStopped) return undefined;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
