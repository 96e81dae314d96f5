/** What a command may touch of the world around it: a process passes its own, a test passes others. */

import type { Environment } from '@optml/contract';

/** The process around a command. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Results only. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Prose, and the container's own logs. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly environment: Environment;
  /** The absolute path that relative ones start from. */
  readonly workingDirectory: string;
  /** The Node program that `node` in a command stands for. */
  readonly nodeFile: string;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: end what runs, and give it the platform's time. */
  readonly stop: AbortSignal;
  /** Aborted by the second: end it now. */
  readonly kill: AbortSignal;
}
