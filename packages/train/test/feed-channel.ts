/** Feeds channels in Pipe mode from another process, for tests. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const feeders: ChildProcess[] = [];

/** Kills the feeders that still run; to be called after each test, before their folder is deleted. */
export async function endFeeders(): Promise<void> {
  for (const feeder of feeders.splice(0)) {
    if (feeder.exitCode !== null || feeder.signalCode !== null) continue;
    const ended = once(feeder, 'exit');
    process.kill(-(feeder.pid as number), 'SIGKILL');
    await ended;
  }
}

/** Starts a process that offers each of `files` as an epoch of the channel, one after another. */
export function feedChannel(directory: string, channel: string, files: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL('./fixtures/feed-channel.sh', import.meta.url));
  return start('sh', [script, directory, channel, ...files]);
}

/** Starts a shell that writes into a FIFO; `$0` is its path. */
export function startWriter(command: string, fifo: string): ChildProcess {
  return start('sh', ['-c', command, fifo]);
}

function start(file: string, words: readonly string[]): ChildProcess {
  const child = spawn(file, words, { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  feeders.push(child);
  return child;
}

export function makeFifo(path: string): string {
  execFileSync('mkfifo', [path]);
  return path;
}
