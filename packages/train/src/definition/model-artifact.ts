/** The folder whose content becomes `model.tar.gz`. */

import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { TrainError } from '../errors.ts';
import { writeFileAtomically } from '../job/write-file-atomically.ts';

/** Where the trained model goes. */
export interface ModelArtifact {
  readonly directory: string;
  /**
   * Writes one file of the model; a file of that name is replaced whole or not at all. `fileName` is a path below
   * `directory`, whose folders are made.
   *
   * @throws TrainError `MODEL_PATH_INVALID` for a path that leads elsewhere, by a link too, or to a folder.
   */
  write(fileName: string, data: string | Uint8Array): Promise<void>;
}

export function createModelArtifact(directory: string): ModelArtifact {
  return {
    directory,
    async write(fileName, data) {
      const problem = findNameProblem(fileName) ?? (await findPlaceProblem(directory, fileName));
      if (problem !== undefined) throw createPathError(directory, fileName, problem);
      await writeFileAtomically(join(directory, fileName), data);
    },
  };
}

function findNameProblem(fileName: string): string | undefined {
  if (typeof fileName !== 'string' || fileName === '') return 'it is not a file name';
  if (fileName.includes('\0')) return 'a path cannot contain a NUL character';
  if (isAbsolute(fileName)) return 'it is an absolute path';
  const path = join(fileName);
  if (isOutside(path)) return 'it leads out of the folder';
  return path === '.' || path.endsWith('/') || /\/\.$/.test(fileName) ? 'it names a folder' : undefined;
}

/** What is there already may be a folder, or a link to somewhere else. */
async function findPlaceProblem(directory: string, fileName: string): Promise<string | undefined> {
  const path = join(directory, fileName);
  if ((await lstat(path).catch(() => undefined))?.isDirectory()) return 'it is a folder';
  const parent = await findExisting(dirname(path));
  if (isOutside(relative(directory, parent))) return undefined;
  const realParent = await realpath(parent).catch(() => undefined);
  if (realParent !== undefined && !isOutside(relative(await realpath(directory), realParent)))
    return undefined;
  return `${parent} is a link that leads out of the folder`;
}

/** Goes up to the first folder that exists, or link, also one that leads nowhere. */
async function findExisting(directory: string): Promise<string> {
  const isThere = await lstat(directory).then(
    () => true,
    () => false,
  );
  return isThere || directory === dirname(directory) ? directory : findExisting(dirname(directory));
}

function isOutside(path: string): boolean {
  return path === '..' || path.startsWith('../') || isAbsolute(path);
}

function createPathError(directory: string, fileName: string, problem: string): TrainError {
  const message = `cannot write ${JSON.stringify(fileName)} to the model: ${problem}; name a file below ${directory}, the only folder that is uploaded, for example "model.json"`;
  return new TrainError('MODEL_PATH_INVALID', message);
}
