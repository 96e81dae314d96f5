/** Finds the program of a job: by the job's own word, in the places where the Python SDK's conventions put code. */

import { access, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { type Paths, resolveChannelDirectory } from '@optml/contract';
import { TrainError } from '../errors.ts';
import { suggestName } from '../suggest-name.ts';
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

/** Of the files in a source folder. */
const suggestionsTried = 20;

const archiveName = 'sourcedir.tar.gz';

/**
 * Finds a program in `/opt/ml/code`, then the `code` channel, then the submit directory; archives are
 * unpacked into `/opt/ml/code`.
 *
 * @throws TrainError `PROGRAM_MISSING` with the places that were searched, `PROGRAM_INVALID` for a folder or
 * a path that leaves its source folder, `SOURCE_INVALID` for an archive that cannot be unpacked safely.
 */
export async function findProgram(request: ProgramRequest): Promise<FoundProgram> {
  const { name } = request;
  if (isAbsolute(name)) return check(name, resolve(name, '..'), name);
  const searched: string[] = [];
  for await (const directory of listSourceDirectories(request, searched)) {
    const program = resolve(directory, name);
    if (/^\.\.(\/|$)/.test(relative(directory, program))) {
      throw new TrainError(
        'PROGRAM_INVALID',
        `the program ${JSON.stringify(name)} leaves its source folder ${directory}: name a file in it`,
      );
    }
    if (await exists(program)) return check(program, directory, name);
  }
  throw new TrainError(
    'PROGRAM_MISSING',
    `there is no program ${JSON.stringify(name)} in ${searched.join(', ')}${await suggest(name, searched)}`,
  );
}

/** Names the file that was probably meant, or those that there are. */
async function suggest(name: string, folders: readonly string[]): Promise<string> {
  const entries = folders.map((folder) => readdir(folder, { withFileTypes: true }).catch(() => []));
  const files = (await Promise.all(entries)).flat().filter((entry) => entry.isFile());
  const names = [...new Set(files.map((file) => file.name))].slice(0, suggestionsTried);
  return names.length === 0 ? '' : `: ${suggestName(name, names)}`;
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
  if (await exists(join(channel, archiveName))) {
    yield look(await unpackSource(join(channel, archiveName), paths.code));
  } else if (await exists(channel)) {
    yield look(channel);
  }
  if (submitDirectory === undefined) return;
  if (submitDirectory.startsWith('s3://')) {
    searched.push(
      `${submitDirectory} (which is not downloaded: bring the code in a channel named code, or in the image)`,
    );
    return;
  }
  const local = submitDirectory.startsWith('file://')
    ? new URL(submitDirectory).pathname
    : resolve(submitDirectory);
  if (await isFile(local)) yield look(await unpackSource(local, paths.code));
  else yield look(local);
}

async function check(program: string, sourceDirectory: string, name: string): Promise<FoundProgram> {
  const stats = await stat(program).catch(() => undefined);
  if (stats === undefined) throw new TrainError('PROGRAM_MISSING', `there is no program ${name}`);
  if (stats.isFile()) return { program, sourceDirectory };
  if (!stats.isDirectory()) {
    throw new TrainError(
      'PROGRAM_INVALID',
      `the program ${program} is a pipe, a socket or a device: name a file`,
    );
  }
  const entries = (await readdir(program)).slice(0, 5).join(', ');
  const hint = entries === '' ? '' : ` in it, such as one of ${entries}`;
  throw new TrainError('PROGRAM_INVALID', `the program ${program} is a folder: name a file${hint}`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
