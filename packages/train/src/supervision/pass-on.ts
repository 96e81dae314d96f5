/** Passes bytes on from a socket at the cost of one buffer: the next are read when these are written. */

import type { OnReadOpts, Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** The way from a socket, which is made with `onread`, to a target. */
export interface Passage {
  readonly onread: OnReadOpts;
  /** Starts reading; resolves when every writer has closed its end and all of it was passed on. */
  start(from: Socket): Promise<void>;
}

const bufferBytes = 256 * 1024;
/** Less than this at once is lines, of which more are on their way. */
const fewBytes = 8 * 1024;
const gatherMs = 1;

/** Creates the passage; a slow target costs no memory, and `onChunk` gets bytes that the next chunk overwrites. */
export function createPassage(target: Writable, onChunk: (chunk: Buffer) => void): Passage {
  const keepsNothing = hasDescriptor(target);
  let socket: Socket | undefined;
  const resume = () => void socket?.resume();
  const resumeLater = () => void setTimeout(resume, gatherMs);
  return {
    onread: {
      buffer: Buffer.allocUnsafeSlow(bufferBytes),
      callback(count, buffer) {
        const chunk = (buffer as Buffer).subarray(0, count);
        onChunk(chunk);
        // What comes meanwhile is then read at once: a program that writes lines would cost a write for each, and
        // so many of them that V8's compilers took 8 MB to optimise the writing.
        const next = count < fewBytes ? resumeLater : resume;
        // A stream of the caller's may hold on to what it gets.
        target.write(keepsNothing ? chunk : Buffer.from(chunk), next);
        return false;
      },
    },
    start(from) {
      socket = from;
      return new Promise((resolve) => {
        from.on('close', () => resolve());
        // Its own troubles end it: a reader that has gone away must not end a training.
        from.on('error', () => resolve());
        from.resume();
      });
    },
  };
}

/** A stream of a file descriptor, such as a process's own output. */
export function hasDescriptor(stream: Writable): boolean {
  return typeof (stream as { fd?: unknown }).fd === 'number';
}
