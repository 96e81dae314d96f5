/** What there is at a path, as far as this process may see. */

import { access, constants, stat } from 'node:fs/promises';

/** True for a path that is there, and that this process may use in the way of `mode`, such as `constants.X_OK`. */
export async function isAccessible(path: string, mode: number = constants.F_OK): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** True for a regular file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
