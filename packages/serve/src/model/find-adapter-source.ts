/** Checks where the platform says that an adapter is. */

import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { describeFileError } from '../errors/describe-file-error.ts';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';

/** What is below them is the system's, and not data. */
const systemFolders = /^\/(?:dev|proc|sys)(?:\/|$)/;

/**
 * Gives the real path of the file or folder, links followed.
 *
 * @throws ServeError `ADAPTER_REQUEST_INVALID`
 */
export async function findAdapterSource(src: string): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    new ServeError(
      'ADAPTER_REQUEST_INVALID',
      `the src ${quoteName(src, 200)} ${reason}: send the absolute path of a file or folder of this machine`,
      { cause },
    );
  if (!isAbsolute(src)) throw refuse('is not an absolute path');
  let source: string;
  let found: Stats;
  try {
    source = await realpath(src);
    found = await stat(source);
  } catch (error) {
    throw refuse(`cannot be read (${describeFileError(error)})`, error);
  }
  if (systemFolders.test(source)) throw refuse(`leads to ${source}, which the system owns`);
  if (!found.isFile() && !found.isDirectory()) throw refuse('is neither a file nor a folder');
  return source;
}
