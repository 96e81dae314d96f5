/** Counts what has begun and has not ended, for those who wait until nothing is left. */

export class InFlight {
  #count = 0;
  #tellEmpty: (() => void) | undefined;

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#tellEmpty?.();
  }

  /** Resolves when nothing is left, or after `waitMs`, once nothing enters any more. */
  async waitUntilEmpty(waitMs: number): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tellEmpty = resolve;
    const timer = setTimeout(resolve, waitMs);
    await promise;
    clearTimeout(timer);
  }
}
