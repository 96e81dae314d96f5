/** Refuses a place for a bundle where it would take the place of something else. */

import { access, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BundleError } from '../errors.ts';
import type { Project } from '../project/find-project.ts';

/**
 * @throws BundleError `OUTPUT_INVALID` for a folder that holds the project or its modules, or files that are not those of
 *   a bundle
 */
export async function assertOutput(
  folder: string,
  { directory, training, predictor }: Project,
): Promise<void> {
  const held = [directory, training, predictor].find((path) => path !== undefined && isInside(path, folder));
  if (held !== undefined) {
    const message = `cannot bundle into ${folder}: the bundle would take the place of ${held}; name another folder, for example .optml/bundle`;
    throw new BundleError('OUTPUT_INVALID', message, { path: folder });
  }
  const names = await readdir(folder).catch(() => []);
  const isBundle = await access(join(folder, 'dist/main.js')).then(
    () => true,
    () => false,
  );
  if (names.length === 0 || isBundle) return;
  throw new BundleError(
    'OUTPUT_INVALID',
    `cannot bundle into ${folder}: it has files that are not a bundle (${names.slice(0, 3).join(', ')}), which would be deleted; name another folder, or empty it`,
    { path: folder },
  );
}

function isInside(path: string, folder: string): boolean {
  return !/^\.\.(?:[\\/]|$)/.test(relative(folder, path));
}
