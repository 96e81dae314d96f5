/** Says in this package's words what the file system refused. */

import { ImageError, type ImageErrorCode } from '../errors.ts';

const advice: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: change its permissions, or choose another path',
  EPERM: 'permission denied: change its permissions, or choose another path',
  EROFS: 'the file system is read-only: choose another path',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
};

/** Waits for work on a file; an error of `node:fs` is thrown as `toFileFault` gives it. */
export async function orFileFault<Value>(
  work: Promise<Value>,
  code: ImageErrorCode,
  doing: string,
  path: string,
): Promise<Value> {
  return work.catch((error: unknown) => {
    throw toFileFault(error, code, doing, path);
  });
}

/**
 * Turns an error of `node:fs` into an `ImageError`: `DISK_FULL` when no space is left, else `code`. Other errors,
 * and those of an aborted signal, are given back as they are.
 */
export function toFileFault(error: unknown, code: ImageErrorCode, doing: string, path: string): unknown {
  const { code: systemCode, message } = error as NodeJS.ErrnoException;
  if (error instanceof ImageError || typeof systemCode !== 'string' || !/^E[A-Z0-9]+$/.test(systemCode))
    return error;
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') {
    const why = `cannot ${doing}: no space is left for ${path}; free some, or use a folder on a larger disk`;
    return new ImageError('DISK_FULL', why, { path, cause: error });
  }
  return new ImageError(code, `cannot ${doing}: ${path}: ${advice[systemCode] ?? message}`, {
    path,
    cause: error,
  });
}
