/** Lists what can be read below a channel's folder. */

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFile } from '../job/file-checks.ts';

/** The files of a folder, absolute and sorted. */
export interface FileList {
  readonly directory: string;
  /** What is read. */
  readonly files: readonly string[];
  /** What is left out because its name, or that of a folder around it, says that it is not data. */
  readonly skipped: readonly string[];
}

/** Which files count as data. */
export interface ListOptions {
  /** True for every file, whatever its name; default false. */
  readonly allFiles?: boolean | undefined;
}

/** Lists the regular files below `directory`, and links to such; none when it does not exist. */
export async function listFiles(
  directory: string,
  { allFiles = false }: ListOptions = {},
): Promise<FileList> {
  const files: string[] = [];
  const skipped: string[] = [];
  try {
    for await (const { entry, isData } of walk(directory, true)) {
      const path = join(entry.parentPath, entry.name);
      // A FIFO or a socket among files would be waited for without end.
      if (!entry.isFile() && !(entry.isSymbolicLink() && (await isFile(path)))) continue;
      (isData || allFiles ? files : skipped).push(path);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { directory, files: [], skipped: [] };
  }
  return { directory, files: files.sort(), skipped: skipped.sort() };
}

/** Links to folders are not followed: `recursive` of `readdir` follows them from Node 26 on. */
async function* walk(
  directory: string,
  isInData: boolean,
): AsyncGenerator<{ readonly entry: Dirent; readonly isData: boolean }> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const isData = isInData && isDataName(entry.name, names);
    if (entry.isDirectory()) yield* walk(join(directory, entry.name), isData);
    else yield { entry, isData };
  }
}

/**
 * Names that are not data: what file managers, Spark and Hadoop leave beside it, then those of Databricks' commit
 * protocol, of Hadoop's folders on S3, and of the platform's own downloader. Other names that begin with `_` are data,
 * for example `_background_noise_` of Speech Commands.
 */
const markers =
  /^(?:__MACOSX|_SUCCESS|_temporary|_metadata|_common_metadata|_spark_metadata|_delta_log)$|^_(committed|started)_|_\$folder\$$|etags_do_not_modify\.tmp$/;

/** True for the name of a file or folder that is data; `siblings` are all names of its folder. */
function isDataName(name: string, siblings: ReadonlySet<string>): boolean {
  if (name.startsWith('.') || markers.test(name)) return false;
  // Hadoop's checksum of a file; one without the file beside it is somebody's data.
  return !(name.endsWith('.crc') && siblings.has(name.slice(0, -'.crc'.length)));
}
