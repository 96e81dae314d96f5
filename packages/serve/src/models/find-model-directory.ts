/** Checks where the platform says that a model is. */

import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { describeFileError } from '../errors/describe-file-error.ts';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';

/**
 * Gives the folder that `url` names, which must be below `modelsDirectory`, links followed.
 *
 * @throws ServeError `MODEL_REQUEST_INVALID`
 */
export async function findModelDirectory(url: string, modelsDirectory: string): Promise<string> {
  const refuse = (reason: string, cause?: unknown) => {
    const advice = `send the folder of an unpacked model below ${modelsDirectory}`;
    return new ServeError('MODEL_REQUEST_INVALID', `the url ${quoteName(url, 200)} ${reason}: ${advice}`, {
      cause,
    });
  };
  if (!isAbsolute(url)) throw refuse('is not an absolute path');
  if (isOutside(url, modelsDirectory)) throw refuse('is outside the folder of the models');
  let directory: string;
  let root: string;
  try {
    [directory, root] = await Promise.all([realpath(url), realpath(modelsDirectory)]);
    if (!(await stat(directory)).isDirectory()) throw refuse('is not a folder');
  } catch (error) {
    throw error instanceof ServeError ? error : refuse(`cannot be read (${describeFileError(error)})`, error);
  }
  if (isOutside(directory, root)) throw refuse(`leads outside the folder of the models, to ${directory}`);
  return url;
}

function isOutside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || way === '..' || way.startsWith('../') || isAbsolute(way);
}
