import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Says whether a folder of `path`, as `PATH` has them, holds the program. */
export async function isOnPath(program: string, path: string): Promise<boolean> {
  const attempts = path.split(delimiter).map((folder) => access(join(folder, program), constants.X_OK));
  return (await Promise.allSettled(attempts)).some(({ status }) => status === 'fulfilled');
}
