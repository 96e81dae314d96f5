/** What is known of an ended process, and what is made of it. */

import type { ProgramKind } from '../programs/create-program-command.ts';
import { classifyCode, type FailureClass } from './failure-class.ts';

/** How a process ended, as its supervisor saw it. */
export interface ProcessEnding {
  /** Null when a signal ended it or it never started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when the deadline passed and SIGKILL was sent, to the process or to what it had left unfinished. */
  readonly timedOut: boolean;
  /** The last lines of standard error, or of standard output where that is empty; oldest first. */
  readonly lastErrorLines: readonly string[];
  /** What it had started and what had to be killed. */
  readonly leftovers?: readonly { readonly command: string }[] | undefined;
  /** The system's refusal to start it at all. */
  readonly startError?: NodeJS.ErrnoException | undefined;
}

/** Whatever else is known; each fact that is left out makes an explanation vaguer, never wrong. */
export interface EndingFacts {
  readonly program?: { readonly path: string; readonly kind: 'definition' | ProgramKind } | undefined;
  /** The names of the variables that it got. */
  readonly variables?: readonly string[] | undefined;
  /** The names of the job's channels. */
  readonly channels?: readonly string[] | undefined;
  /** What `mpirun` starts: the program or its interpreter; undefined without `mpirun`. */
  readonly mpiProgram?: string | undefined;
  /** The `--max-old-space-size` that the process had, in MiB. */
  readonly heapLimitMiB?: number | undefined;
  /** What the container or host has. */
  readonly memoryBytes?: number | undefined;
  readonly oomKillsBefore?: number | undefined;
  readonly oomKillsAfter?: number | undefined;
  readonly stopRequested?: boolean | undefined;
  readonly stopTimeoutMs?: number | undefined;
  /** `/opt/ml` or what stands in for it. */
  readonly root?: string | undefined;
  /** Whether the user of the process may write below `root`. */
  readonly rootIsWritable?: boolean | undefined;
  /** Whose free space is quoted when a disk was full; default the root. */
  readonly directories?: readonly string[] | undefined;
}

export interface Explanation {
  readonly code: string;
  readonly failureClass: FailureClass;
  /** One sentence, most important words first. */
  readonly cause: string;
  /** What to change; undefined when the cause says all that is known. */
  readonly hint: string | undefined;
  /** Where in the author's code, innermost first, as far as the output told. */
  readonly frames: readonly string[];
}

export function explain(
  code: string,
  cause: string,
  hint?: string,
  frames: readonly string[] = [],
): Explanation {
  return { code, failureClass: classifyCode(code), cause, hint, frames };
}
