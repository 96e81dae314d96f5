/** Starts the container's command as `docker run IMAGE train` or `... serve` would, on a tree of this machine. */

import type { Environment } from '@optml/contract';
import type { LogDisplay } from './log-display.ts';
import { type Command, type Subprocess, startSubprocess } from './subprocess.ts';
import type { Surroundings } from './surroundings.ts';
import { writeProse, writeTo } from './write-to.ts';

/** What a container is started with. */
export interface ContainerOptions {
  readonly role: 'train' | 'serve';
  /** The folder in place of `/opt/ml`. */
  readonly root: string;
  /** Beside the variables of `optml` itself, which are passed on. */
  readonly environment: Environment;
  /** From SIGTERM to SIGKILL once the surroundings say stop. */
  readonly stopTimeoutMs: number;
  /** Ends it without a word, beside the surroundings' own signal to stop. */
  readonly end?: AbortSignal;
  /** Shows the log; default: stderr gets it unchanged. */
  readonly display?: Pick<LogDisplay, 'write' | 'writeProse'>;
}

/**
 * Starts `command` with its role as the last argument.
 *
 * @throws CliError `COMMAND_NOT_STARTED`.
 */
export async function startContainer(
  command: Command,
  { role, root, environment, stopTimeoutMs, end, display }: ContainerOptions,
  { stderr, stop, kill, environment: passedOn }: Surroundings,
): Promise<Subprocess> {
  const { write, writeProse: say } = display ?? {
    write: (lines) => writeTo(stderr, lines),
    writeProse: (line) => writeProse(stderr, line),
  };
  const onStop = () => say(`stopping: SIGKILL follows in ${stopTimeoutMs / 1000} s, or with a second signal`);
  stop.addEventListener('abort', onStop, { once: true });
  const container = await startSubprocess(
    { ...command, arguments: [...command.arguments, role] },
    {
      environment: { ...passedOn, SAGEMAKER_BASE_DIR: root, ...environment },
      onOutput: write,
      showsRedrawing: stderr.isTTY === true,
      stop: end === undefined ? stop : AbortSignal.any([stop, end]),
      kill,
      stopTimeoutMs,
    },
  );
  return { ...container, ended: container.ended.finally(() => stop.removeEventListener('abort', onStop)) };
}
