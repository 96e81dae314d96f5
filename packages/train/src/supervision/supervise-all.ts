/** Runs the processes of one host together: when one ends badly the others are stopped. */

import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ProcessCommand } from '../programs/process-command.ts';
import { type Ending, type SupervisionOptions, superviseProcess } from './supervise-process.ts';
import { createWholeLines } from './whole-lines.ts';

/** Resolves when all have ended: with the first bad ending, or with the first of all when there is none. */
export async function superviseAll(
  commands: readonly ProcessCommand[],
  options: SupervisionOptions,
): Promise<Ending> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  let firstBad: Ending | undefined;
  const endings = await Promise.all(
    commands.map(async (command) => {
      const [stdout, stderr] = [options.stdout, options.stderr].map(createWholeLines) as [Writable, Writable];
      const ending = await superviseProcess(command, { ...options, stdout, stderr, signal });
      await Promise.all([stdout, stderr].map((stream) => finished(stream.end())));
      if (ending.exitCode !== 0) {
        firstBad ??= ending;
        failed.abort();
      }
      return ending;
    }),
  );
  const leftovers = endings.flatMap((ending) => ending.leftovers);
  // Its own stop request is what it did to the others.
  return { ...(firstBad ?? (endings[0] as Ending)), leftovers };
}
