/** Finds the packages of optml that a container of a project is made of. */

import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BundleError } from '../errors.ts';

/**
 * Gives the real folder of `@optml/entrypoint` as the project has it: as a dependency, or as one of `optml`'s.
 *
 * @throws BundleError `ENTRYPOINT_MISSING`
 */
export async function findEntrypoint(projectDirectory: string): Promise<string> {
  const own = join(projectDirectory, 'package.json');
  const manifest =
    tryResolve('@optml/entrypoint/package.json', own) ??
    tryResolve('@optml/entrypoint/package.json', tryResolve('optml/package.json', own));
  if (manifest !== undefined) return realpath(dirname(manifest));
  const advice = (await namesOptml(own))
    ? 'its dependencies are not installed: run "npm install" in it, or the same with your package manager'
    : 'run "npm install @optml/entrypoint" in it, or the same with your package manager';
  const message = `${projectDirectory} does not have @optml/entrypoint, from which a container starts: ${advice}`;
  throw new BundleError('ENTRYPOINT_MISSING', message, { path: projectDirectory });
}

async function namesOptml(file: string): Promise<boolean> {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(await readFile(file, 'utf8'));
  return ['optml', '@optml/entrypoint'].some((name) => name in dependencies || name in devDependencies);
}

/** Resolves as a module beside `from` would; `undefined` where it is not installed. */
function tryResolve(specifier: string, from: string | undefined): string | undefined {
  if (from === undefined) return undefined;
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}
