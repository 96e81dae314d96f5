/** Tells what a build itself writes from the files that it is made of, so that no image holds the one before it. */

import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

/**
 * Makes a test for files and folders: true for an output, for what is left of one when its build was killed, and for
 * a folder with nothing in it but outputs, which a build makes. It holds by whatever path one comes to them.
 */
export async function createOutputFilter(
  outputs: readonly string[],
): Promise<(file: string) => Promise<boolean>> {
  const paths = await Promise.all(outputs.map(findRealPath));
  // Of an output and the folders above it: nearly every other file is told apart by its name.
  const names = new Set(paths.flatMap((path) => path.split(sep)));
  const isOutput = async (file: string): Promise<boolean> => {
    const output = file.replace(/\.[0-9a-f-]{36}\.unfinished$/, '');
    if (!names.has(basename(output))) return false;
    const real = await findRealPath(output);
    if (paths.includes(real)) return true;
    if (!paths.some((path) => path.startsWith(`${real}${sep}`))) return false;
    const children = await Promise.all((await readdir(file)).map((name) => isOutput(join(file, name))));
    return children.every(Boolean);
  };
  return isOutput;
}

/** Of a file that need not be there, in a folder that need not be there either. */
async function findRealPath(file: string): Promise<string> {
  const folder = await realpath(dirname(file)).catch(() => dirname(file));
  const path = join(folder, basename(file));
  return realpath(path).catch(() => path);
}
