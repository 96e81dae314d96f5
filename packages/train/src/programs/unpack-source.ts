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
  readonly type: string;
  /** Of links only. */
  readonly linkpath?: string | undefined;
}

function assertInside(entry: Entry): void {
  if (!isUnsafe(entry.path) && !leadsOut(entry)) return;
  const message = `has the entry ${JSON.stringify(entry.path)}, which leads out of its folder: nothing was unpacked`;
  throw new TrainError('SOURCE_INVALID', message);
}

function isUnsafe(path: string): boolean {
  return path.startsWith('/') || path.split('/').includes('..');
}

/**
 * A symbolic link may begin with `..`, as far up as the folder. What follows goes down, through folders and links that
 * do no more: a `..` behind a link would count from where that one leads.
 */
function leadsOut({ path, type, linkpath }: Entry): boolean {
  if (!linkpath) return false;
  const [upward = ''] = type === 'SymbolicLink' ? (/^(?:\.\.(?:\/|$))*/.exec(linkpath) ?? []) : [];
  const depth = path.split('/').filter((name) => name !== '' && name !== '.').length - 1;
  return upward.split('..').length - 1 > depth || isUnsafe(linkpath.slice(upward.length));
}
