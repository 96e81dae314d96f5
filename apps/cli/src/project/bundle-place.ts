/** Gives every running optml a folder for its bundle: one that another run uses is never replaced. */

import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TakenLock, takeLock } from '../process/process-lock.ts';

/**
 * Takes the folder `name` in `parent` for this process, or, while another process has it, `name-2`, and so on. It is free
 * again when the process has ended, however it ends. What ended runs have left, but for the first folder, is removed.
 */
export function takeBundlePlace(parent: string, name: string): string {
  try {
    mkdirSync(parent, { recursive: true });
    let number = 1;
    let taken = take(parent, name);
    while (taken === 'no') {
      number += 1;
      taken = take(parent, nameCopy(name, number));
    }
    if (taken === 'now') removeLeft(parent, name, nameCopy(name, number));
    return join(parent, nameCopy(name, number));
  } catch {
    // A bundle cannot be written there either, and says why.
    return join(parent, name);
  }
}

function nameCopy(name: string, number: number): string {
  return number === 1 ? name : `${name}-${number}`;
}

/** Removes a bundle that nobody needs any more, with its folder. */
export function removeBundlePlace(directory: string): void {
  for (const path of [directory, `${directory}.lock`]) rmSync(path, { recursive: true, force: true });
}

/** Says `before` where this process has it already. */
function take(parent: string, place: string): 'now' | 'before' | 'no' {
  const { lock, holder } = lockPlace(parent, place);
  if (lock !== undefined) return 'now';
  return holder !== 'unreadable' && holder.pid === process.pid ? 'before' : 'no';
}

function lockPlace(parent: string, place: string): TakenLock {
  return takeLock(join(realpathSync(parent), place), join(parent, `${place}.lock`));
}

/** Removes what was being written to the folder that was taken, and further folders that nobody uses. */
function removeLeft(parent: string, name: string, taken: string): void {
  const entries = readdirSync(parent);
  const remove = (names: readonly string[]) => {
    for (const entry of names) rmSync(join(parent, entry), { recursive: true, force: true });
  };
  remove(entries.filter((entry) => isStaging(entry, taken)));
  for (const place of new Set(entries.map((entry) => entry.replace(/\.lock$/, '')))) {
    if (place === taken || !place.startsWith(`${name}-`) || !/^\d+$/.test(place.slice(name.length + 1)))
      continue;
    const { lock } = lockPlace(parent, place);
    if (lock === undefined) continue;
    remove([place, ...entries.filter((entry) => isStaging(entry, place))]);
    lock.release();
  }
}

/** A bundle is written beside its place, under a name with six random characters. */
function isStaging(entry: string, place: string): boolean {
  return entry.startsWith(`.${place}-`) && /^\w{6}(?:-old)?$/.test(entry.slice(place.length + 2));
}
