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
  const file = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...words], {
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
