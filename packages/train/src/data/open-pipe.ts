/**
 * Opens a FIFO without ever taking a thread: opened as a file, it blocks a thread of libuv's pool until a writer
 * comes, and four of them stop every other file operation of the process.
 */

import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { TrainError } from '../errors.ts';
import { createUnreadableError } from './data-source.ts';

export interface PipeOptions {
  readonly channel: string;
  /** Milliseconds of silence after which reading fails; time that the reader takes does not count. */
  readonly timeoutMs: number;
  /** What is there is still given after it aborts; a wait for more then ends soon, with its reason. */
  readonly signal: AbortSignal;
}

export interface Pipe {
  /**
   * Ends when the writers have closed the FIFO, which a writer that died does as well.
   *
   * @throws TrainError `CHANNEL_TIMEOUT`, `DATA_UNREADABLE`.
   */
  readonly bytes: AsyncGenerator<Uint8Array>;
  /** Closes it, read to its end or not, once a writer has come; one that goes on is told so by the system. */
  close(): Promise<void>;
}

/** Opens the FIFO at `path`, which must exist; neither waits for a writer nor ends before one has come. */
export function openPipe(path: string, options: PipeOptions): Pipe {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    bytes: readSocket(socket, path, options),
    async close() {
      if (!socket.destroyed && socket.bytesRead === 0) await waitForWriter(socket, options);
      socket.destroy();
      await closed;
    },
  };
}

/** A writer that opens the FIFO when its only reader has left already waits for ever, and the next epoch with it. */
async function waitForWriter(socket: Socket, { timeoutMs, signal }: PipeOptions): Promise<void> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  const either = AbortSignal.any([signal, over.signal]);
  const events = ['readable', 'end', 'error', 'close'];
  await Promise.race(events.map((event) => once(socket, event, { signal: either }))).catch(() => {});
  clearTimeout(timer);
  over.abort();
}

async function* readSocket(socket: Socket, path: string, options: PipeOptions): AsyncGenerator<Uint8Array> {
  const silence = watchSilence(socket, path, options);
  let position = 0;
  try {
    silence.begin();
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      silence.end();
      position += chunk.length;
      yield chunk;
      silence.begin();
    }
  } catch (cause) {
    if (cause instanceof TrainError || cause === options.signal.reason) throw cause;
    throw createUnreadableError(path, position, cause);
  } finally {
    silence.dispose();
  }
}

/** Leaves a loop that looks at the signal itself the time to do so. */
const abortGraceMs = 1_000;

/** Ends the socket with an error when it is waited for too long. */
function watchSilence(socket: Socket, path: string, { channel, timeoutMs, signal }: PipeOptions) {
  let timer: NodeJS.Timeout | undefined;
  const give = () => {
    const message = `channel ${channel}: no bytes arrived from the FIFO ${path} for ${timeoutMs / 1000} s: check that the channel's data exists in S3 and that the platform still delivers it`;
    socket.destroy(signal.aborted ? signal.reason : new TrainError('CHANNEL_TIMEOUT', message));
  };
  const end = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const begin = () => {
    timer = setTimeout(give, signal.aborted ? Math.min(abortGraceMs, timeoutMs) : timeoutMs);
  };
  const hurry = () => {
    if (timer === undefined) return;
    end();
    begin();
  };
  signal.addEventListener('abort', hurry, { once: true });
  const dispose = () => {
    end();
    signal.removeEventListener('abort', hurry);
  };
  return { begin, end, dispose };
}
