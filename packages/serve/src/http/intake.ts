/** Where requests come in: counts those without an answer, and can hold new ones up for a moment. */

export type Intake = ReturnType<typeof createIntake>;

/** Creates the intake of a server. It counts: a Set of responses would make tables as long as the server lives. */
export function createIntake() {
  let count = 0;
  let held: (() => void)[] | undefined;
  let tellEmpty: (() => void) | undefined;
  return {
    get isHeld(): boolean {
      return held !== undefined;
    },
    enter(): void {
      count += 1;
    },
    leave(): void {
      count -= 1;
      if (count === 0) tellEmpty?.();
    },
    /** Resolves when all that entered have left, once none enters any more. */
    waitUntilEmpty(): Promise<void> {
      return new Promise((resolve) => {
        tellEmpty = resolve;
        if (count === 0) resolve();
      });
    },
    /** Keeps a request until the intake is released. */
    wait: (begin: () => void) => void held?.push(begin),
    hold(): void {
      held ??= [];
    },
    release(): void {
      const begins = held ?? [];
      held = undefined;
      for (const begin of begins) begin();
    },
  };
}
