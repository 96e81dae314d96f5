/** Writes a file so that nobody, the platform's uploader included, ever sees half of it. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The platform's uploader skips files of this suffix; observed in AWS's XGBoost container. */
const temporarySuffix = '.sagemaker-ignore';

/** Writes beside `path`, flushes to disk, then renames; makes missing folders. Pieces are written one after another. */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}${temporarySuffix}`;
  try {
    await writeFile(temporary, data, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
