/** Starts the container's command as `docker run IMAGE train` or `... serve` would, on a tree of this machine. */

import type { Environment } from '@optml/contract/environment';
import type { LogDisplay } from '../terminal/log-display.ts';
import { writeProse, writeTo } from '../terminal/write-to.ts';
import { type Command, type Subprocess, startSubprocess } from './subprocess.ts';

/** What a container is started with. */
export interface ContainerOptions {
  readonly role: 'train' | 'serve';
  /** The folder in place of `/opt/ml`. */
  readonly root: string;
  /** All of it, but for the root. */
  readonly environment: Environment;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Ends it, and says so. */
  readonly stop: AbortSignal;
  /** Ends it without a word. */
  readonly end?: AbortSignal;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** SIGKILL now. */
  readonly kill: AbortSignal;
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
  { role, root, environment, stderr, stop, end, stopTimeoutMs, kill, display }: ContainerOptions,
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
      environment: { ...environment, SAGEMAKER_BASE_DIR: root },
      onOutput: write,
      showsRedrawing: stderr.isTTY === true,
      stop: end === undefined ? stop : AbortSignal.any([stop, end]),
      kill,
      stopTimeoutMs,
    },
  );
  return { ...container, ended: container.ended.finally(() => stop.removeEventListener('abort', onStop)) };
}
