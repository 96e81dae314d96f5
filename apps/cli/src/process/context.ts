/** The process around a command: `main.ts` passes its own, a test passes another. Only commands get it; what they call takes values. */

import type { Environment } from '@optml/contract/environment';

/** What a command may use of its process. */
export interface Context {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Results only. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Prose, and the container's own logs. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly environment: Environment;
  /** The absolute path that relative ones start from. */
  readonly workingDirectory: string;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: end what runs, and give it the platform's time. */
  readonly stop: AbortSignal;
  /** Aborted by the second: end it now. */
  readonly kill: AbortSignal;
}
