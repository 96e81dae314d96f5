/** Runs the programs of `test/programs`, and reads their lines. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

interface RunningProgram {
  readonly pid: number;
  /** Waits for the next line that the pattern fits; lines before it are gone. */
  readLine(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves to the exit code. */
  readonly exited: Promise<number | null>;
}

/** Starts a program that is killed, if it still runs, at the end of the test. */
export function startProgram(name: string, ...words: readonly string[]): RunningProgram {
  return startProgramWith({}, name, ...words);
}

/** The same with some more environment variables. */
export function startProgramWith(
  variables: Readonly<Record<string, string>>,
  name: string,
  ...words: readonly string[]
): RunningProgram {
  return run(name, [process.execPath, findProgram(name), ...words], variables);
}

/** The same with no more than so many open files. */
export function startProgramWithFiles(
  count: number,
  name: string,
  ...words: readonly string[]
): RunningProgram {
  const shell = ['sh', '-c', `ulimit -n ${count} && exec "$0" "$@"`];
  return run(name, [...shell, process.execPath, findProgram(name), ...words]);
}

function findProgram(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
}

function run(
  name: string,
  [file = '', ...words]: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): RunningProgram {
  const child = spawn(file, words, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    async readLine(pattern) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`${name} ended without a line like ${pattern}`);
        if (pattern.test(value)) return value;
      }
    },
    kill: (signal) => void child.kill(signal),
    exited: once(child, 'exit').then(([exitCode]) => exitCode),
  };
}
