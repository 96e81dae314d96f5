/**
 * Bundles this folder's `src`: into its `dist`, or, as `optml build` does, into the folder that is named. Leave it as it
 * is.
 */

import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// esbuild ends with the bundle: collecting its garbage takes a third of its time, and spares 40 MB. Its own command
// line does not collect any either.
process.env.GOGC ??= 'off';
const { BundleError, bundleProject, findProject } = await import('@optml/bundle');

try {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const [output = folder] = process.argv.slice(2);
  await bundleProject(await findProject(folder), { outputDirectory: resolve(folder, output) });
} catch (error) {
  process.stderr.write(`${error instanceof BundleError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
