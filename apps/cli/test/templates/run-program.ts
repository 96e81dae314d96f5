/** Runs the programs of a story as a person without a terminal would. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program that goes on. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Resolves to the first match in what it prints; rejects when it ends without one. */
  waitFor(pattern: RegExp): Promise<string>;
}

export function startProgram(
  folder: string,
  [file = '', ...words]: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): RunningProgram {
  const env = { ...process.env, ...variables };
  const child = spawn(file, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const outcome = once(child, 'close').then(async ([code]) => ({ code, out: await out, err: await err }));
  return {
    child,
    outcome,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        let seen = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk) => {
            seen += chunk;
            const [found] = pattern.exec(seen) ?? [];
            if (found !== undefined) resolve(found);
          });
        }
        child.once('close', () => reject(new Error(`ended without ${pattern}: ${seen}`)));
      }),
  };
}

/** Resolves to what a program printed; rejects for another exit code than 0. */
export async function runProgram(
  folder: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const outcome = await startProgram(folder, words, variables).outcome;
  if (outcome.code === 0) return outcome;
  throw new Error(`${words.join(' ')} ended with exit code ${outcome.code}:\n${outcome.out}\n${outcome.err}`);
}
