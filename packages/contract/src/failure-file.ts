/** Writes `output/failure`, the only words of a failed job that the console shows. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from './limits.ts';
import type { Paths } from './paths.ts';

/**
 * Writes the reason of a failure, cut to 1,024 characters: put the important text first.
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
  await mkdir(dirname(paths.failure), { recursive: true });
  await writeFile(paths.failure, truncate(reason, limits.failureReasonCharacters));
  return 'written';
}

/** Cuts at a whole character: half of a surrogate pair would be invalid UTF-8. */
function truncate(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const cut = text.slice(0, characters - 3);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}...`;
}
