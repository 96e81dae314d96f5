/** Bundles the modules of `authors` one by one, as the app's own are, to take their place in a container. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './docker.ts';
import { E2eError } from './e2e-error.ts';

const authors = fileURLToPath(new URL('authors', import.meta.url));
const config = fileURLToPath(new URL('../../../../tsup.app.config.ts', import.meta.url));

/**
 * Gives the folder of the bundles.
 *
 * @throws E2eError `BUILD_FAILED`.
 */
export async function buildAuthors(directory: string): Promise<string> {
  const output = join(directory, 'authors');
  const files = (await readdir(authors)).map((name) => join(authors, name));
  const options = ['--config', config, '--no-splitting', '--silent', '--out-dir', output];
  const { exitCode, stdout, stderr } = await runCommand('tsup', [...options, ...files]);
  if (exitCode === 0) return output;
  throw new E2eError('BUILD_FAILED', `bundling ${authors} failed:\n${stdout}${stderr}`);
}
