/** Puts into words why a file cannot be read, for a message that has named it. */

import { describeThrown } from './describe-thrown.ts';

const mostCharacters = 200;

/** As `ENOENT: no such file or directory`: without the path, which may be as long as a request. */
export function describeFileError(error: unknown): string {
  const { syscall = '' } = error as NodeJS.ErrnoException;
  const [reason = ''] = describeThrown(error).split(`, ${syscall} '`);
  return reason.slice(0, mostCharacters);
}
