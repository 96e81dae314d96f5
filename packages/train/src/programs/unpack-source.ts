/** Unpacks the archive in which the Python SDK sends code, and nothing outside the folder meant for it. */

import { mkdir } from 'node:fs/promises';
import { extract, list } from 'tar';
import { TrainError } from '../errors.ts';

/**
 * Unpacks a tar, gzipped or not, into `directory`.
 *
 * @returns `directory`.
 * @throws TrainError `SOURCE_INVALID` for a damaged archive, and for an entry that would leave the folder: the
 * whole archive is then refused.
 */
export async function unpackSource(archive: string, directory: string): Promise<string> {
  const entries: Entry[] = [];
  try {
    await list({ file: archive, strict: true, onReadEntry: (entry) => entries.push(entry) });
    for (const entry of entries) assertInside(entry);
    await mkdir(directory, { recursive: true });
    await extract({ file: archive, cwd: directory, strict: true });
  } catch (cause) {
    const reason =
      cause instanceof TrainError ? cause.message : `cannot be unpacked: ${(cause as Error).message}`;
    throw new TrainError('SOURCE_INVALID', `the archive ${archive} ${reason}`, { cause });
  }
  return directory;
}

interface Entry {
  readonly path: string;
  /** Of links only. */
  readonly linkpath?: string | undefined;
}

function assertInside({ path, linkpath = '' }: Entry): void {
  const leads = [path, linkpath].some((target) => target.startsWith('/') || target.split('/').includes('..'));
  if (!leads) return;
  const message = `has the entry ${JSON.stringify(path)}, which leads out of its folder: nothing of it is used`;
  throw new TrainError('SOURCE_INVALID', message);
}
