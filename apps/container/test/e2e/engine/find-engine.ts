/** Finds out whether a container engine answers, and whether one could be started here. */

import { type CommandResult, runCommand } from '../docker.ts';
import { E2eError } from '../e2e-error.ts';
import { isOnPath } from './is-on-path.ts';

export interface EngineSearch {
  /** The variables of the process: `DOCKER_HOST` and `PATH`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** Asks the engine for its version. */
  readonly askVersion?: () => Promise<CommandResult>;
}

/** `running` answers; `startable` is installed and was not started; `installable` comes with apt-get. */
export type EngineState = 'running' | 'startable' | 'installable';

const ways =
  'run as root on Debian, where it is installed and started for the tests alone, or install Docker (Debian: apt-get install docker.io) and start it';

/**
 * @throws E2eError `ENGINE_FORBIDDEN` when it answers and lets this user not in, `ENGINE_UNREACHABLE` when
 * `DOCKER_HOST` names one that does not answer, `ENGINE_MISSING` when there is none and none can be started.
 */
export async function findEngine({
  environment,
  isRoot,
  askVersion = () => runCommand('docker', ['version', '--format', '{{.Server.Version}}']),
}: EngineSearch): Promise<EngineState> {
  const { exitCode, stderr } = await askVersion();
  if (exitCode === 0) return 'running';
  const { DOCKER_HOST: host, PATH: path = '' } = environment;
  // Only the end counts: before it may stand a warning about a config file that this user may not read.
  if (/permission denied/i.test(lastLine(stderr))) {
    const message = `the container engine refuses this user (${lastLine(stderr)}): run as root, or join its group ("sudo usermod -aG docker $USER", then log in again)`;
    throw new E2eError('ENGINE_FORBIDDEN', message);
  }
  if (host !== undefined && host !== '') {
    const message = `no container engine answers at DOCKER_HOST=${JSON.stringify(host)} (${lastLine(stderr)}): start it, or unset DOCKER_HOST`;
    throw new E2eError('ENGINE_UNREACHABLE', message);
  }
  if (!isRoot) {
    throw new E2eError('ENGINE_MISSING', `no container engine runs, and only root can start one: ${ways}`);
  }
  if (await isOnPath('dockerd', path)) return 'startable';
  if (await isOnPath('apt-get', path)) return 'installable';
  throw new E2eError(
    'ENGINE_MISSING',
    `there is no container engine, and no apt-get to install one with: ${ways}`,
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
