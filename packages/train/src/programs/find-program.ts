/** Finds the program of a job: by the job's own word, in the places where the Python SDK's conventions put code. */

import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Paths, resolveChannelDirectory } from '@optml/contract/paths';
import { TrainError } from '../errors.ts';
import { isAccessible, isFile } from '../job/file-checks.ts';
import { recognizeOtherFile } from './recognize-other-file.ts';
import { listPrograms, suggestProgram } from './suggest-program.ts';
import { unpackSource } from './unpack-source.ts';

export interface ProgramRequest {
  /** `sagemaker_program` or `SAGEMAKER_PROGRAM`: a path below the source folder, or an absolute one. */
  readonly name: string;
  /** `sagemaker_submit_directory` or `SAGEMAKER_SUBMIT_DIRECTORY`: a folder, an archive, or an S3 URI. */
  readonly submitDirectory: string | undefined;
  readonly paths: Paths;
}

export interface FoundProgram {
  /** Absolute. */
  readonly program: string;
  readonly sourceDirectory: string;
}

const archiveName = 'sourcedir.tar.gz';

/**
 * Finds a program in `/opt/ml/code`, then the `code` channel, then the submit directory; archives are
 * unpacked into `/opt/ml/code`.
 *
 * @throws TrainError `PROGRAM_MISSING` with the places that were searched, `PROGRAM_INVALID` for a folder, a file that is not
 * a program or a path that leaves its source folder, `SOURCE_INVALID` for an archive that cannot be unpacked safely.
 */
export async function findProgram(request: ProgramRequest): Promise<FoundProgram> {
  const { name } = request;
  if (isAbsolute(name)) return check(name, resolve(name, '..'), name);
  const searched: string[] = [];
  for await (const directory of listSourceDirectories(request, searched)) {
    const program = resolve(directory, name);
    if (/^\.\.(\/|$)/.test(relative(directory, program))) {
      const message = `the program ${JSON.stringify(name)} is outside its source folder ${directory}: name a file in it`;
      throw new TrainError('PROGRAM_INVALID', message);
    }
    if (await isAccessible(program)) return check(program, directory, name);
  }
  const message = `there is no program ${JSON.stringify(name)} in ${searched.join(', ')}${await suggestProgram(name, searched)}`;
  throw new TrainError('PROGRAM_MISSING', message);
}

/** Yields the folders in the order of search; an archive is unpacked only when nothing before it had the program. */
async function* listSourceDirectories(
  { submitDirectory, paths }: ProgramRequest,
  searched: string[],
): AsyncGenerator<string> {
  const look = (directory: string) => {
    // An archive is unpacked into one of them.
    if (!searched.includes(directory)) searched.push(directory);
    return directory;
  };
  yield look(paths.code);
  const channel = resolveChannelDirectory(paths, 'code');
  if (await isAccessible(join(channel, archiveName))) {
    yield look(await unpackSource(join(channel, archiveName), paths.code));
  } else if (await isAccessible(channel)) {
    yield look(channel);
  }
  if (submitDirectory === undefined) return;
  const local = readLocalPath(submitDirectory);
  if (typeof local !== 'string') searched.push(`${submitDirectory} (${local.problem})`);
  else if (await isFile(local)) yield look(await unpackSource(local, paths.code));
  else if (await isAccessible(local)) yield look(local);
  else searched.push(`${local} (which does not exist)`);
}

/** Reads a path, or a URL of the scheme `file`, whose escapes stand for bytes of the path. */
function readLocalPath(location: string): string | { readonly problem: string } {
  if (!/^[a-z][a-z0-9+.-]*:\/|^file:/i.test(location)) return resolve(location);
  if (!/^file:/i.test(location)) {
    return { problem: 'which is not downloaded: bring the code in a channel named code, or in the image' };
  }
  try {
    return fileURLToPath(new URL(location));
  } catch (error) {
    return {
      problem: `which is not a file on this machine: ${(error as Error).message}; write file:///PATH, or the path alone`,
    };
  }
}

async function check(program: string, sourceDirectory: string, name: string): Promise<FoundProgram> {
  const stats = await stat(program).catch(() => undefined);
  if (stats === undefined) {
    const hint = await suggestProgram(basename(name), [sourceDirectory]);
    throw new TrainError('PROGRAM_MISSING', `there is no program ${JSON.stringify(name)}${hint}`);
  }
  if (stats.isDirectory()) throw await explainDirectory(program, sourceDirectory);
  if (!stats.isFile()) {
    const message = `the program ${program} is a pipe, a socket or a device: name a file`;
    throw new TrainError('PROGRAM_INVALID', message);
  }
  const other = await recognizeOtherFile(program);
  if (other !== undefined) {
    const { what, advice } = other;
    throw new TrainError('PROGRAM_INVALID', `the program ${program} is ${what}: ${advice}`);
  }
  return { program, sourceDirectory };
}

async function explainDirectory(program: string, sourceDirectory: string): Promise<TrainError> {
  const paths = (await listPrograms(program)).slice(0, 5).map((path) => join(program, path));
  const names = paths.map((path) => relative(sourceDirectory, path)).join(', ');
  const hint = names === '' ? '' : ` in it, for example ${names}`;
  return new TrainError('PROGRAM_INVALID', `the program ${program} is a folder: name a file${hint}`);
}
