/** What `runTraining` takes and gives. */

import type { Writable } from 'node:stream';
import type { Environment } from '@optml/contract/environment';

export interface TrainingOptions {
  /** The variables of this process, also passed on to the author's. */
  readonly environment: Environment;
  /** Where the output of the author's code goes. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /**
   * Abort it on SIGTERM or SIGINT: the author's code is asked to stop, then given `stopTimeoutMs`. SIGTERM is
   * passed on, or SIGINT when that is the reason it aborts with.
   */
  readonly signal: AbortSignal;
  /** From the request to stop until the author's code is killed; default 105,000 of the platform's 120,000 ms. */
  readonly stopTimeoutMs?: number | undefined;
  /** How long what is still open may keep the training process after `run` has returned; default 10,000 ms. */
  readonly lingerMs?: number | undefined;
  /** How long the event loop of a definition may be silent before the log says that it is blocked; default 10,000 ms. */
  readonly blockedAfterMs?: number | undefined;
  /**
   * How long a program on several hosts is held back while the names of other hosts do not resolve; default
   * 900,000 ms, as long as the Python toolkit waits. Then it starts all the same, unless `mpirun` needs them.
   */
  readonly peerNamesTimeoutMs?: number | undefined;
  /**
   * True when this is the first process of its container (`process.pid === 1`), which inherits all orphans: they
   * are then waited for by a process in between, where the image has `/usr/bin/perl`, as Debian's have.
   */
  readonly reapOrphans?: boolean | undefined;
}

/** How training ended. */
export type TrainingResult =
  | { readonly exitCode: 0 }
  | { readonly exitCode: number; readonly code: string; readonly reason: string };

/** The modules that Node starts with: of the process that runs a definition, and in front of a JavaScript program. */
export interface TrainingEntries {
  readonly child: URL;
  readonly hook: URL;
}
