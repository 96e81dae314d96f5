/**
 * Lets one training at a time use a root. The lock names the processes that hold it and ends with them, however they end:
 * a container that outlives an optml that was killed still holds the root.
 */

import { CliError } from '../errors.ts';
import { findHolder, type LockHolder, type ProcessLock, takeLock } from '../process/process-lock.ts';

export type RootLock = ProcessLock;

/**
 * Locks the root at its real path `root` with the lock file `file`, whose folder must be there.
 *
 * @throws CliError `ROOT_IN_USE`.
 */
export function lockRoot(root: string, file: string): RootLock {
  const { lock, holder } = takeLock(root, file);
  if (lock !== undefined) return lock;
  throw new CliError('ROOT_IN_USE', `--root ${root} is in use: ${describeHolder(holder, file)}`, {
    facts: { path: root },
  });
}

/** Tells whether a running training holds the root. */
export function isLocked(root: string, file: string): boolean {
  return findHolder(root, file) !== undefined;
}

function describeHolder(holder: LockHolder | 'unreadable', file: string): string {
  if (holder === 'unreadable') return `${file} is not readable: delete it if no training uses this root`;
  const advice = 'wait for it, or give another --root';
  if (!holder.isGroup) return `by another optml (process ${holder.pid}): ${advice}`;
  return `by a training that is still running although its optml was killed (process ${holder.pid}): ${advice}, or end it with: kill -- -${holder.pid}`;
}
