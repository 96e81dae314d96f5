/** What a training process is given on its way. */

/** What it must know and cannot read: an argument, and a variable for the hook in a JavaScript program. */
export interface ChildStart {
  readonly stopTimeoutMs: number;
  /** As `TrainingOptions` has it. */
  readonly lingerMs: number | undefined;
  /** As `RunSurroundings` has it; default false. */
  readonly hasLogBegun?: boolean | undefined;
}

/** Carries a `ChildStart` to the hook, which removes it. */
export const startVariable = 'OPTML_PROGRAM_START';

/** Marks the processes of one run; a daemon that leaves its group and session still carries it. */
export const runVariable = 'OPTML_RUN_ID';
