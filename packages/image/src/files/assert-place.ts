/** Refuses a place to write to where something else would be lost, or could not be told from what is written. */

import { access, constants, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ImageError } from '../errors.ts';
import { orFileFault, toFileFault } from './file-fault.ts';

/** What may be replaced. */
export interface Replaceable {
  /** For example `write an archive`. */
  readonly doing: string;
  /** For example `an archive`. */
  readonly what: string;
  /** Whether a file that begins so is one of that kind. */
  readonly isKind: (head: Buffer) => boolean;
}

/** The header of a tar's first entry is as long, which is more than other kinds need to be known by. */
const headBytes = 512;

/**
 * Resolves for a file that is not there, is empty or is of the kind that is written, in a folder that can be written to.
 *
 * @throws ImageError `OUTPUT_OCCUPIED`, `OUTPUT_UNWRITABLE`
 */
export async function assertReplaceable(file: string, { doing, what, isKind }: Replaceable): Promise<void> {
  const state = await stat(file).catch(() => undefined);
  if (state === undefined) return assertWritable(dirname(file), { doing, path: file });
  const occupied = (is: string) =>
    new ImageError('OUTPUT_OCCUPIED', `cannot ${doing}: ${file} ${is}: choose another path`, { path: file });
  if (state.isDirectory()) throw occupied('is a folder, not a file');
  if (!state.isFile()) throw occupied('is a device or a pipe, not a file');
  const head = await orFileFault(readHead(file), 'OUTPUT_UNWRITABLE', doing, file);
  if (head.length > 0 && !isKind(head)) throw occupied(`is a file already, and not ${what}`);
}

const archive: Replaceable = {
  doing: 'write an archive',
  what: 'an archive',
  isKind: (head) => head.toString('latin1', 257, 262) === 'ustar',
};

/**
 * Resolves where an image can be written as a file; an archive that is there gives way to it.
 *
 * @throws ImageError `OUTPUT_OCCUPIED`, `OUTPUT_UNWRITABLE`
 */
export function assertArchivePlace(file: string): Promise<void> {
  return assertReplaceable(file, archive);
}

/**
 * Resolves for a layout, an empty folder, or one that can be made.
 *
 * @throws ImageError `OUTPUT_OCCUPIED`, `OUTPUT_UNWRITABLE`
 */
export async function assertLayoutPlace(folder: string): Promise<void> {
  const doing = 'write an OCI layout';
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', doing, folder);
  });
  await assertWritable(names === undefined ? dirname(folder) : folder, { doing, path: folder });
  if (names === undefined || names.includes('oci-layout')) return;
  // A first image that was not finished leaves its blobs.
  const others = names.filter((name) => name !== 'blobs' && !name.startsWith('index.json')).sort();
  if (others.length === 0) return;
  const shown = others.length > 3 ? `${others.slice(0, 3).join(', ')}, ...` : others.join(', ');
  throw new ImageError(
    'OUTPUT_OCCUPIED',
    `cannot ${doing}: ${folder} has other files (${shown}): choose an empty folder, a layout, or one that does not exist yet, for example ${join(folder, 'image')}`,
    { path: folder },
  );
}

/** Of a folder that will be made, the first one above it that is there. */
async function assertWritable(
  folder: string,
  { doing, path }: { readonly doing: string; readonly path: string },
): Promise<void> {
  try {
    // What lies below a file is not there either.
    await readdir(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder;
    if (isMissing) return assertWritable(dirname(folder), { doing, path });
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', doing, path);
  }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
