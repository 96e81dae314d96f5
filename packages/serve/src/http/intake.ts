/** Where requests come in: counts those without an answer, and can hold new ones up for a moment. */

export interface Intake {
  readonly isHeld: boolean;
  enter(): void;
  leave(): void;
  /** Resolves when all that entered have left, once none enters any more. */
  waitUntilEmpty(): Promise<void>;
  /** Keeps a request until the intake is released. */
  wait(begin: () => void): void;
  hold(): void;
  release(): void;
}

/** Creates the intake of a server. It counts: a Set of responses would make tables as long as the server lives. */
export function createIntake(): Intake {
  let count = 0;
  let held: (() => void)[] | undefined;
  let tellEmpty: (() => void) | undefined;
  return {
    get isHeld() {
      return held !== undefined;
    },
    enter() {
      count += 1;
    },
    leave() {
      count -= 1;
      if (count === 0) tellEmpty?.();
    },
    waitUntilEmpty() {
      return new Promise((resolve) => {
        tellEmpty = resolve;
        if (count === 0) resolve();
      });
    },
    wait: (begin) => void held?.push(begin),
    hold() {
      held ??= [];
    },
    release() {
      const begins = held ?? [];
      held = undefined;
      for (const begin of begins) begin();
    },
  };
}
