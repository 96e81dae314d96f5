/** Runs the engine's client, `docker`; the only place here where it is started. `DOCKER_HOST` says which engine answers. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** How a command ended and all that it wrote. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly onOutput?: (text: string) => void;
  /** Ends the program, which is waited for all the same. */
  readonly signal?: AbortSignal;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a program and collects its output; `exitCode` is null where it cannot be started or was killed. */
export async function runCommand(
  file: string,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { onOutput = () => {}, signal, environment } = options;
  const env = { ...process.env, ...environment };
  // A group of its own, so that what it has started ends with it, and before anybody tidies up.
  const child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: signal !== undefined });
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
  if (signal?.aborted === true) end();
  signal?.addEventListener('abort', end);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
      onOutput(chunk);
    });
  }
  try {
    const [exitCode] = await once(child, 'close');
    return { exitCode, ...texts };
  } catch (error) {
    return { exitCode: null, ...texts, stderr: (error as Error).message };
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/**
 * Runs `docker` and gives its standard output without the last line end.
 *
 * @throws Error with the command and what docker said, when it fails.
 */
export async function docker(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand('docker', argv);
  if (exitCode === 0) return stdout.trimEnd();
  throw new Error(`docker ${argv.join(' ')} failed: ${stderr.trim()}`);
}

/** Starts `docker` for as long as it has something to tell, such as a log that is followed. */
export function startDocker(...argv: readonly string[]): ChildProcess {
  return spawn('docker', argv, { stdio: ['ignore', 'pipe', 'pipe'], env: process.env });
}
