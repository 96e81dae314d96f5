/** Small files without a name, which the server and the process of one worker share. */

import { randomUUID } from 'node:crypto';
import { openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';

/**
 * Opens a new file for reading and writing, and takes its name away. It is in memory where there is a folder of it, so that
 * nothing is written to a disk.
 *
 * @throws ServeError `WORKER_EXITED` when the file cannot be made.
 */
export function openNameless(purpose: string): number {
  const name = `optml-${purpose}-${randomUUID()}`;
  let problem: unknown;
  for (const folder of ['/dev/shm', tmpdir()]) {
    try {
      const path = join(folder, name);
      const descriptor = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return descriptor;
    } catch (error) {
      problem = error;
    }
  }
  const message = `starting a worker process failed: ${describeThrown(problem)}: let the container write to /dev/shm or ${tmpdir()}`;
  throw new ServeError('WORKER_EXITED', message, { cause: problem });
}
