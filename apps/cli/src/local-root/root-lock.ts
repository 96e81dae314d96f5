/**
 * Lets one training at a time use a root. The lock names the processes that hold it and ends with them, however they end:
 * a container that outlives an optml that was killed still holds the root.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { CliError } from '../errors.ts';

const holderSchema = z.object({
  /** A copy of the root has a lock that says nothing. */
  root: z.string(),
  processes: z.array(z.object({ pid: z.number(), started: z.string(), isGroup: z.boolean() })),
});

type Holder = z.infer<typeof holderSchema>;
type HoldingProcess = Holder['processes'][number];

export interface RootLock {
  /** Also holds the root while the process group of this number lives. */
  include(group: number): void;
  release(): void;
}

/**
 * Locks the root at its real path `root` with the lock file `file`, whose folder must be there.
 *
 * @throws CliError `ROOT_IN_USE`.
 */
export function lockRoot(root: string, file: string): RootLock {
  const own: HoldingProcess = { pid: process.pid, started: readStart(process.pid), isGroup: false };
  const describe = (...processes: HoldingProcess[]) => JSON.stringify({ root, processes } satisfies Holder);
  while (!create(file, describe(own))) removeDead(root, file);
  return {
    include(group) {
      const container = { pid: group, started: readStart(group), isGroup: true };
      writeFileSync(file, describe(own, container));
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** Tells whether a running training holds the root. */
export function isLocked(root: string, file: string): boolean {
  const text = readIfThere(file);
  if (text === undefined) return false;
  try {
    assertDead(root, { file, text });
    return false;
  } catch {
    return true;
  }
}

/** Says false when there is a lock already. */
function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeDead(root: string, file: string): void {
  const text = readIfThere(file);
  if (text === undefined) return;
  assertDead(root, { file, text });
  // Two may find it dead at once, and one of them take the other's new lock for it: what was moved is looked at again.
  const moved = `${file}.${process.pid}`;
  try {
    renameSync(file, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readFileSync(moved, 'utf8');
  if (taken !== text) renameSync(moved, file);
  else rmSync(moved);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function assertDead(root: string, { file, text }: { readonly file: string; readonly text: string }): void {
  const holder = parseHolder(text);
  const advice = 'wait for it, or give another --root';
  if (holder === undefined) {
    throw inUse(root, `${file} is not readable: delete it if no training uses this root`);
  }
  if (holder.root !== root) return;
  const [alive] = holder.processes.filter(isAlive);
  if (alive === undefined) return;
  if (!alive.isGroup) throw inUse(root, `by another optml (process ${alive.pid}): ${advice}`);
  throw inUse(
    root,
    `by a training that is still running although its optml was killed (process ${alive.pid}): ${advice}, or end it with: kill -- -${alive.pid}`,
  );
}

function inUse(root: string, how: string): CliError {
  return new CliError('ROOT_IN_USE', `--root ${root} is in use: ${how}`, { facts: { path: root } });
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A number may have been given to another process since; where /proc tells, that one's start does. */
function isAlive({ pid, started, isGroup }: HoldingProcess): boolean {
  try {
    process.kill(isGroup ? -pid : pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = readStart(pid);
  return now === '' || now === started;
}

/** When the process started, as Linux counts it; `''` where nobody says, `dead` for one that only waits to be noticed. */
function readStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'dead' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
