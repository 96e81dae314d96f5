/** How long nobody has said anything on a connection. */

/** How often a predictor that is busy while nobody says anything is asked whether it waits for its client by now. */
const lookAgainMs = 250;

export class Silence {
  #beganMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /** Either side has said something. */
  break(): void {
    this.#beganMs = performance.now();
  }

  /** Calls `act` when it has lasted so long, what has passed included, and again and again as long as it goes on. */
  watch(silenceMs: number, act: () => void): void {
    const leftMs = this.#beganMs + silenceMs - performance.now();
    this.#timer = setTimeout(() => this.watch(silenceMs, act), leftMs > 0 ? leftMs : lookAgainMs).unref();
    if (leftMs <= 0) act();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
