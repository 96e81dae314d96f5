/** Runs `optml` inside the test's own process, with streams that remember and a folder of its own. */

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { run } from '../src/command-line/run.ts';
import type { Context } from '../src/process/context.ts';

/** How a run ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Nothing of the machine but its programs, and what V8 has compiled of ours. */
export const testEnvironment = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

/** A run that goes on. */
export interface RunningOptml {
  readonly outcome: Promise<Outcome>;
  /** Resolves when stdout or stderr has held `text` so many times; rejects when the run ends without it. */
  waitFor(text: string, times?: number): Promise<void>;
  /** Resolves when something stands on stdout; rejects when the run ends without it. */
  waitForResult(): Promise<void>;
  /** What stdout has held so far. */
  printed(): string;
  stop(): void;
  kill(): void;
}

export type RunOptions = Partial<Omit<Context, 'stdin' | 'stdout' | 'stderr' | 'stop' | 'kill'>> & {
  readonly stdin?: string | 'terminal';
  readonly stdoutIsTerminal?: boolean;
};

/** Makes a folder that goes when the test ends. */
export async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'optml-cli-')));
  // A process that was told to end may write to its cache until it has.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The command of a fixture, as it is typed after `--`. */
export function fixture(name: string, ...words: string[]): string[] {
  return ['--', 'node', fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url)), ...words];
}

export async function runOptml(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return startOptml(argv, options).outcome;
}

export function startOptml(argv: readonly string[], options: RunOptions = {}): RunningOptml {
  const { stdin = '', stdoutIsTerminal = false, ...rest } = options;
  const stop = new AbortController();
  const kill = new AbortController();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  stdout.on('data', (chunk: Buffer) => out.push(chunk));
  stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const ended = run(argv, {
    stdin: Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY: stdin === 'terminal' }),
    stdout: Object.assign(stdout, { isTTY: stdoutIsTerminal }),
    stderr,
    environment: testEnvironment,
    workingDirectory: tmpdir(),
    stop: stop.signal,
    kill: kill.signal,
    ...rest,
  });
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
  const outcome = ended.then((code) => ({ code, out: text(out), err: text(err) }));
  const watch = (isThere: () => boolean, wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (isThere()) resolve();
      };
      for (const stream of [stdout, stderr]) stream.on('data', look);
      look();
      outcome.then((end) => reject(new Error(`ended without ${wanted}: ${JSON.stringify(end)}`)), reject);
    });
  return {
    outcome,
    printed: () => text(out),
    stop: () => stop.abort(),
    kill: () => kill.abort(),
    waitFor: (wanted, times = 1) =>
      watch(() => [out, err].some((chunks) => text(chunks).split(wanted).length > times), wanted),
    waitForResult: () => watch(() => out.length > 0, 'a result'),
  };
}
