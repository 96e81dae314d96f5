/** Runs a Node program to its end, reads its output and throws it away. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** What was seen from outside. */
export interface ProgramRun {
  /** Of the monotonic clock that all processes of a machine share. */
  readonly startedMs: number;
  /** From start to end. */
  readonly durationMs: number;
  /** From the first byte of the output to its last. */
  readonly outputMs: number;
  readonly outputBytes: number;
}

/** The path of a program of this package's build. */
export function programFile(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
}

/** An entry point that is bundled as apps/container is. */
export const containerFile = fileURLToPath(new URL('./container/main.js', import.meta.url));

/** Runs `node` with `words`; both streams count as output. Rejects for another exit code than 0. */
export async function runProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const startedMs = readClockMs();
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [watchOutput(child.stdout), watchOutput(child.stderr)];
  // Not `close`: a program without output ends when it exits.
  const [[exitCode]] = await Promise.all([once(child, 'exit'), ...output.map(({ ended }) => ended)]);
  const endedMs = readClockMs();
  if (exitCode !== 0) throw new Error(`node ${words.join(' ')} ended with exit code ${exitCode}`);
  const largest = output.reduce((left, right) => (right.bytes() > left.bytes() ? right : left));
  return {
    startedMs,
    durationMs: endedMs - startedMs,
    outputMs: largest.durationMs(),
    outputBytes: largest.bytes(),
  };
}

/** Milliseconds of the monotonic clock that all processes of a machine share. */
function readClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function watchOutput(stream: Readable) {
  let bytes = 0;
  let first = 0;
  let last = 0;
  stream.on('data', (chunk: Buffer) => {
    last = readClockMs();
    if (bytes === 0) first = last;
    bytes += chunk.length;
  });
  return { ended: once(stream, 'end'), bytes: () => bytes, durationMs: () => last - first };
}
