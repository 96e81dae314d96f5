/** Runs containers as the platform does, and hears what they say and how they end. */

import { once } from 'node:events';
import process from 'node:process';
import { docker, startDocker } from './docker.ts';

/** What `main.ts` hands to the tests. */
export const surroundings = {
  image: process.env.OPTML_E2E_IMAGE ?? '',
  baseImage: process.env.OPTML_E2E_BASE_IMAGE ?? '',
  /** A network of the engine's without a way out, for hosts of one job; it publishes no ports. */
  hostsNetwork: process.env.OPTML_E2E_HOSTS_NETWORK ?? '',
  /** A network of the engine's that publishes ports. */
  network: process.env.OPTML_E2E_NETWORK ?? '',
  /** Marks what the run has made. */
  label: process.env.OPTML_E2E_LABEL ?? '',
  /** Bundles of `authors`, by name. */
  authors: process.env.OPTML_E2E_AUTHORS ?? '',
};

/** How a container ended. */
export interface Ending {
  readonly exitCode: number;
  /** The kernel killed a process of the container for lack of memory. */
  readonly outOfMemory: boolean;
  /** Both streams, in the order in which the engine heard them. */
  readonly output: string;
}

/** A container that runs. */
export interface Container {
  readonly id: string;
  output(): string;
  /** Waits for what the container says, past or future; rejects when it ends without it. */
  waitForLine(pattern: RegExp): Promise<RegExpExecArray>;
  /** As the platform: SIGTERM, and SIGKILL when the time is over. */
  stop(seconds: number): Promise<Ending>;
  /** Waits for the end, and removes the container. */
  end(): Promise<Ending>;
}

/** `docker run OPTIONS IMAGE ARGUMENTS`, without waiting for its end. */
export async function startContainer(
  options: readonly string[],
  argv: readonly string[],
  image = surroundings.image,
): Promise<Container> {
  const id = await docker('run', '--detach', '--label', surroundings.label, ...options, image, ...argv);
  const log = startDocker('logs', '--follow', id);
  let output = '';
  let isOver = false;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  for (const stream of [log.stdout, log.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      notify();
    });
  }
  const logEnded = once(log, 'close').then(() => {
    isOver = true;
    notify();
  });
  const end = async (): Promise<Ending> => {
    const exitCode = Number(await docker('wait', id));
    await logEnded;
    const outOfMemory = (await docker('inspect', '--format', '{{.State.OOMKilled}}', id)) === 'true';
    await docker('rm', id);
    return { exitCode, outOfMemory, output };
  };
  return {
    id,
    output: () => output,
    waitForLine: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match === null && !isOver) return;
          listeners.delete(look);
          if (match !== null) resolve(match);
          else reject(new Error(`the container ended without ${pattern}; it said\n${output}`));
        };
        listeners.add(look);
        look();
      }),
    async stop(seconds) {
      await docker('stop', '--time', String(seconds), id);
      return end();
    },
    end,
  };
}

/** `docker run OPTIONS IMAGE ARGUMENTS`, to its end. */
export async function runContainer(
  options: readonly string[],
  argv: readonly string[],
  image?: string,
): Promise<Ending> {
  const container = await startContainer(options, argv, image);
  return container.end();
}
