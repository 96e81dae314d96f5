/**
 * What Node writes down of a worker process whose memory runs out: nothing else tells such an end, by SIGABRT, from one that
 * native code asked for. The memory that was in use when the server looked last may be that of before.
 */

import { closeSync, readSync } from 'node:fs';
import { openNameless } from './nameless-file.ts';

/** Where the worker finds the file: behind its standard streams, Node's own channel, the pipe for bodies and the board. */
const reportDescriptor = 6;

/** Makes Node write the report there, without what takes long or is nobody's business. */
export const reportArguments = [
  '--report-on-fatalerror',
  '--report-compact',
  '--report-exclude-env',
  '--report-exclude-network',
  '--report-directory=/dev/fd',
  `--report-filename=${reportDescriptor}`,
] as const;

export interface FatalReport {
  /** The open file, for the worker to inherit as descriptor 6. */
  readonly descriptor: number;
  /** True when the worker, which has ended, ran out of memory. */
  tellsOutOfMemory(): boolean;
  close(): void;
}

/** What caused the report stands at its beginning. */
const headBytes = 1_024;

/**
 * Creates the file for the report of one worker.
 *
 * @throws ServeError `WORKER_EXITED` when the file cannot be made.
 */
export function createFatalReport(): FatalReport {
  const descriptor = openNameless('report');
  return {
    descriptor,
    tellsOutOfMemory() {
      const head = Buffer.alloc(headBytes);
      readSync(descriptor, head, 0, headBytes, 0);
      return head.includes('"trigger":"OOMError"');
    },
    close: () => closeSync(descriptor),
  };
}
