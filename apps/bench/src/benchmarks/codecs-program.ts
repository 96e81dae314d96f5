/** Runs a few lines of JavaScript against @optml/codecs in a process of their own. */

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The package as @optml/train has it, which is how an author gets it. */
const codecs = createRequire(import.meta.resolve('@optml/train')).resolve('@optml/codecs');

/**
 * Runs the body of an async function that has `codecs`, `fs` and `word`, in a Node with `flags`, and resolves to
 * what it returns, by way of JSON.
 */
export async function runCodecsProgram(
  body: string,
  word = '',
  flags: readonly string[] = [],
): Promise<unknown> {
  const program = `
    import * as fs from 'node:fs';
    const [path, word] = process.argv.slice(1);
    const codecs = await import(path);
    const result = await (async () => {${body}})();
    process.stdout.write(JSON.stringify(result));`;
  const words = [...flags, '--input-type=module', '--eval', program, codecs, word];
  const { stdout } = await run(process.execPath, words, { env: { PATH: process.env.PATH } });
  return JSON.parse(stdout);
}
