/** Writes `output/failure`, the only words of a failed job that the console shows. */

import { rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from '../platform/limits.ts';
import type { Paths } from '../platform/paths.ts';

/** More than the longest reason in UTF-8. */
const reserveBytes = 4 * 1024;

/**
 * Keeps room for the failure file on a disk that the job may fill, under another name: `output/failure` itself means
 * that the job has failed. Where there is no `output` to write to, nothing is kept.
 */
export function reserveFailureFile(paths: Paths): void {
  try {
    writeFileSync(paths.failureReserve, Buffer.alloc(reserveBytes, ' '));
  } catch {
    // The failure file is then written as far as it can be.
  }
}

/** Gives the room back; to be called at every end of a job. */
export function releaseFailureFile(paths: Paths): void {
  try {
    rmSync(paths.failureReserve, { force: true });
  } catch {
    // A folder that has become read-only meanwhile.
  }
}

/**
 * Writes the reason of a failure, cut to 1,024 characters: put the important text first. Takes the place that
 * `reserveFailureFile` has kept, where it has, and needs no other then.
 * Never overwrites text that is already there: the author's own words are better than ours.
 *
 * Source: "How Amazon SageMaker AI Processes Training Output".
 *
 * @returns `written`, or `kept` when the author's file was left as it was.
 */
export async function writeFailureFile(paths: Paths, reason: string): Promise<'written' | 'kept'> {
  const existing = await readFile(paths.failure, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (existing.trim() !== '') return 'kept';
  const text = truncate(reason, limits.failureReasonCharacters);
  if (await writeReserved(paths, text)) return 'written';
  await mkdir(dirname(paths.failure), { recursive: true });
  await writeFile(paths.failure, text);
  return 'written';
}

/** Writes over what fills the reserve, which is on the disk already, then cuts it and gives it its name. */
async function writeReserved(paths: Paths, text: string): Promise<boolean> {
  try {
    await using handle = await open(paths.failureReserve, 'r+');
    await handle.writeFile(text);
    await handle.truncate(Buffer.byteLength(text));
    await rename(paths.failureReserve, paths.failure);
    return true;
  } catch {
    return false;
  }
}

/** Cuts at a whole character: half of a surrogate pair would be invalid UTF-8. */
function truncate(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const cut = text.slice(0, characters - 3);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}...`;
}
