/** `.dockerignore`, with Docker's own rules: the last pattern that matches decides, `!` takes back in. */

import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { ImageError } from '../errors.ts';
import { toFileFault } from '../files/file-fault.ts';

/** Which files of a folder are left out. */
export interface IgnoreRules {
  /** Tells whether an absolute path is ignored; nothing outside of the folder is. */
  ignores(file: string): boolean;
  /** Whether a part of an ignored folder may be taken back in. */
  readonly hasExceptions: boolean;
}

/**
 * Reads the `.dockerignore` of `folder`; `undefined` when there is none.
 *
 * @throws ImageError `FILE_UNREADABLE`, `BUILD_INVALID` for an invalid pattern.
 */
export async function readIgnoreFile(folder: string): Promise<IgnoreRules | undefined> {
  const file = join(folder, '.dockerignore');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toFileFault(error, 'FILE_UNREADABLE', 'read the ignore file', file);
  }
  return createIgnoreRules(text, { folder, where: file });
}

/**
 * Makes rules for the files below `folder` of the text of an ignore file; messages name `where` the text comes from.
 *
 * @throws ImageError `BUILD_INVALID`
 */
export function createIgnoreRules(
  text: string,
  { folder, where }: { readonly folder: string; readonly where: string },
): IgnoreRules {
  // Docker tells apart upper and lower case; the library does not, unless it is asked to.
  const rules = dockerignore.default({ ignorecase: false }).add(text.replace(/^\ufeff/, ''));
  const ignores = (path: string) => {
    try {
      return rules.ignores(path);
    } catch (cause) {
      throw new ImageError('BUILD_INVALID', `${where} has an invalid pattern: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
  return {
    hasExceptions: /^\s*!/m.test(text),
    ignores: (file) => {
      const path = relative(folder, file);
      if (path === '' || path === '..' || path.startsWith(`..${sep}`)) return false;
      return ignores(path);
    },
  };
}
