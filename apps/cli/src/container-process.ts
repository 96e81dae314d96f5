/** Starts the container's command as `docker run IMAGE train` or `... serve` would, on a tree of this machine. */

import type { Environment } from '@optml/contract';
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
  /** Sees the log in whole lines, before they go to stderr. */
  readonly onLog?: (lines: Buffer) => void;
}

/**
 * Starts `command` with its role as the last argument; its log goes to stderr unchanged.
 *
 * @throws CliError `COMMAND_NOT_STARTED`.
 */
export async function startContainer(
  command: Command,
  { role, root, environment, stopTimeoutMs, onLog = () => {} }: ContainerOptions,
  { stderr, stop, kill, environment: passedOn }: Surroundings,
): Promise<Subprocess> {
  const onStop = () =>
    writeProse(stderr, `stopping: SIGKILL follows in ${stopTimeoutMs / 1000} s, or with a second signal`);
  stop.addEventListener('abort', onStop, { once: true });
  const container = await startSubprocess(
    { ...command, arguments: [...command.arguments, role] },
    {
      environment: { ...passedOn, SAGEMAKER_BASE_DIR: root, ...environment },
      async onOutput(lines) {
        onLog(lines);
        await writeTo(stderr, lines);
      },
      stop,
      kill,
      stopTimeoutMs,
    },
  );
  return { ended: container.ended.finally(() => stop.removeEventListener('abort', onStop)) };
}
