/** Bundles the modules of `authors` into a file each, to take the place of the app's own in a container. */

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from '@optml/bundle/bundle-program';
import { E2eError } from './e2e-error.ts';

const authors = fileURLToPath(new URL('authors', import.meta.url));

/**
 * Gives the folder of the bundles.
 *
 * @throws E2eError `BUILD_FAILED`.
 */
export async function buildAuthors(directory: string): Promise<string> {
  const output = join(directory, 'authors');
  const names = await readdir(authors);
  const entries = Object.fromEntries(names.map((name) => [basename(name, '.ts'), name]));
  const options = { directory: authors, outputDirectory: output, sooner: /\.ts$/, splitting: false };
  await bundleProgram(entries, options).catch((cause: Error) => {
    throw new E2eError('BUILD_FAILED', `bundling ${authors} failed:\n${cause.message}`);
  });
  return output;
}
