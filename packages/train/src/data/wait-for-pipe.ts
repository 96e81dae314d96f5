/** Waits for the FIFO of an epoch, which the platform makes once the one before it has been read or closed. */

import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { TrainError } from '../errors.ts';
import type { PipeOptions } from './open-pipe.ts';

/** As often as AWS's own example looks. */
const pollMs = 100;

/**
 * Resolves when the FIFO `path` is there, for which it waits up to `timeoutMs`; rejects at once with the reason of
 * `signal` when that aborts.
 *
 * @throws TrainError `CHANNEL_TIMEOUT`, or `CHANNEL_MODE_UNSUPPORTED` when something else has its name.
 */
export async function waitForPipe(
  path: string,
  { channel, epoch, timeoutMs, signal }: PipeOptions & { readonly epoch: number },
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    signal.throwIfAborted();
    const found = await stat(path).catch(forgiveMissing);
    if (found?.isFIFO()) return;
    if (found !== undefined) {
      const message = `channel ${channel} is in Pipe mode, but ${path} is not a FIFO: rename channels that are named like its FIFOs, and use File mode for files`;
      throw new TrainError('CHANNEL_MODE_UNSUPPORTED', message);
    }
    if (waitedMs >= timeoutMs) throw createTimeoutError(path, channel, epoch, timeoutMs);
    await wait(Math.min(pollMs, timeoutMs - waitedMs), undefined, { signal }).catch(() => {});
  }
}

function forgiveMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function createTimeoutError(path: string, channel: string, epoch: number, timeoutMs: number): TrainError {
  const why =
    epoch === 0
      ? 'check that the job has the channel in Pipe mode, and that nothing else read this FIFO before'
      : `check that epoch ${epoch - 1} was read to its end or left, and that no other process reads the channel`;
  const message = `channel ${channel}: the FIFO ${path} of epoch ${epoch} did not appear within ${timeoutMs / 1000} s: ${why}`;
  return new TrainError('CHANNEL_TIMEOUT', message);
}
