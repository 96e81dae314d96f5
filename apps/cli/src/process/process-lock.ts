/**
 * A file that says which processes use something. It holds as long as one of them lives, however they end: nothing has to
 * be tidied up behind a process that was killed.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** A process that holds a lock, alone or with its group. */
export interface LockHolder {
  readonly pid: number;
  readonly isGroup: boolean;
}

interface HoldingProcess extends LockHolder {
  readonly started: string;
}

interface LockRecord {
  /** A copy of what is locked has a lock that says nothing. */
  readonly root: string;
  readonly processes: readonly HoldingProcess[];
}

export interface ProcessLock {
  /** Also holds while the process group of this number lives. */
  include(group: number): void;
  release(): void;
}

/** A lock, or who has it: `unreadable` for a file that says nothing. */
export type TakenLock =
  | { readonly lock: ProcessLock; readonly holder?: undefined }
  | { readonly lock?: undefined; readonly holder: LockHolder | 'unreadable' };

/** Locks what is at its real path `root` with the lock file `file`, whose folder must be there. */
export function takeLock(root: string, file: string): TakenLock {
  const own: HoldingProcess = { pid: process.pid, started: readStart(process.pid), isGroup: false };
  const describe = (...processes: HoldingProcess[]) =>
    JSON.stringify({ root, processes } satisfies LockRecord);
  while (!create(file, describe(own))) {
    const text = readIfThere(file);
    if (text === undefined) continue;
    const holder = findLiving(root, text);
    if (holder !== undefined) return { holder };
    removeDead(file, text);
  }
  const lock: ProcessLock = {
    include(group) {
      const container = { pid: group, started: readStart(group), isGroup: true };
      writeFileSync(file, describe(own, container));
    },
    release: () => rmSync(file, { force: true }),
  };
  return { lock };
}

/** Tells who holds the lock; `undefined` where nobody does. */
export function findHolder(root: string, file: string): LockHolder | 'unreadable' | undefined {
  const text = readIfThere(file);
  return text === undefined ? undefined : findLiving(root, text);
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

/** Two may find it dead at once, and one of them take the other's new lock for it: what was moved is looked at again. */
function removeDead(file: string, text: string): void {
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

function findLiving(root: string, text: string): LockHolder | 'unreadable' | undefined {
  const record = parseRecord(text);
  if (record === undefined) return 'unreadable';
  return record.root === root ? record.processes.find(isAlive) : undefined;
}

function parseRecord(text: string): LockRecord | undefined {
  try {
    const { root, processes } = JSON.parse(text) as LockRecord;
    const isRecord = (one: HoldingProcess) =>
      Number.isInteger(one.pid) && typeof one.started === 'string' && typeof one.isGroup === 'boolean';
    return typeof root === 'string' && processes.every(isRecord) ? { root, processes } : undefined;
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
