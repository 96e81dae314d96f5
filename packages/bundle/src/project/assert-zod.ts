/** Refuses a project whose zod is too old for optml's packages. */

import { findPackage } from '../carry/installed-package.ts';
import { BundleError } from '../errors.ts';

/**
 * What optml takes of a schema is what zod 4 made of it. Without this, an older one ends in an error about `zod/v4/core`,
 * or about a definition that looks right.
 *
 * @throws BundleError `DEPENDENCY_OLD`
 */
export function assertZod(directory: string): void {
  const zod = findPackage('zod', directory);
  if (zod === undefined || Number.parseInt(zod.version, 10) >= 4) return;
  const message = `${directory} has zod ${zod.version}, and optml needs zod 4: run "npm install zod@4" in it, or the same with your package manager, and import it from "zod"`;
  throw new BundleError('DEPENDENCY_OLD', message, { path: zod.directory });
}
