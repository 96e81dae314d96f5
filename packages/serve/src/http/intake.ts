/** Where requests come in, and can be held up for a moment. */

export interface Intake {
  readonly isHeld: boolean;
  /** Keeps a request until the intake is released. */
  wait(begin: () => void): void;
  hold(): void;
  release(): void;
}

export function createIntake(): Intake {
  let held: (() => void)[] | undefined;
  return {
    get isHeld() {
      return held !== undefined;
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
