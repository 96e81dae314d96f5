/** A process that is to be started. */

import type { Environment } from '@optml/contract/environment';

export interface ProcessCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly workingDirectory?: string | undefined;
  readonly environment: Environment;
  /** True when it is Node with optml's code in it, which talks to its supervisor. */
  readonly hasChannel: boolean;
  /**
   * `pipe` (default) can be opened again by name (`/dev/stderr`), as shell programs do; `socket` is quicker to
   * start and to read.
   */
  readonly output?: 'pipe' | 'socket' | undefined;
  /** True when it has one descriptor more, the last: a pipe to report on. */
  readonly hasReport?: boolean | undefined;
  /** The mark of the run, where processes are to carry it that do not inherit it; default a new one. */
  readonly runId?: string | undefined;
}
