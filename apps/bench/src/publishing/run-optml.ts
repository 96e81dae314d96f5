/** Runs the command line as a person does: a process of its own. */

import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));

/** Resolves to what it printed; rejects for another exit code than 0. */
export async function runOptml(
  words: readonly string[],
  {
    folder,
    environment = {},
  }: { readonly folder: string; readonly environment?: Readonly<Record<string, string>> },
): Promise<string> {
  const env = { PATH: process.env.PATH, ...environment };
  const { stdout } = await run(process.execPath, [main, ...words], { cwd: folder, env });
  return stdout;
}
