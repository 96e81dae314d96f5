/**
 * A real pipe for a process's standard error. What Node itself makes for `pipe` is a socket, which cannot be
 * opened again: `echo ... > /dev/stderr` fails in it, and shell programs do that.
 */

import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

export interface ErrorPipe {
  /** The end for the process; close it here when the process has it. */
  readonly writeDescriptor: number;
  closeWriteDescriptor(): void;
  /** Resolves when every process has closed its end and all of it was passed on. */
  passOn(target: Writable, onChunk: (chunk: Buffer) => void): Promise<void>;
}

const bufferBytes = 64 * 1024;

/** Opens a pipe; `undefined` where there is no `mkfifo` or no folder to make it in. */
export function openErrorPipe(): ErrorPipe | undefined {
  const ends = makePipe();
  if (ends === undefined) return undefined;
  return {
    writeDescriptor: ends.write,
    closeWriteDescriptor: () => closeSync(ends.write),
    passOn: (target, onChunk) => passOn(ends.read, target, onChunk),
  };
}

/** Node has no call for it: a FIFO that is opened at both ends and unlinked is the same. */
function makePipe(): { readonly read: number; readonly write: number } | undefined {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'optml-'));
    const fifo = join(folder, 'stderr');
    if (spawnSync('mkfifo', [fifo]).status !== 0) return undefined;
    const read = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    return { read, write: openSync(fifo, constants.O_WRONLY) };
  } catch {
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

/** One buffer for everything: the next bytes are read when these are written, so a slow reader costs no memory. */
function passOn(descriptor: number, target: Writable, onChunk: (chunk: Buffer) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = new Socket({
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer: Buffer.allocUnsafeSlow(bufferBytes),
      callback(count, buffer) {
        const chunk = (buffer as Buffer).subarray(0, count);
        onChunk(chunk);
        target.write(chunk, () => socket.resume());
        return false;
      },
    },
  });
  socket.on('close', () => resolve());
  // The target's own troubles are its owner's: a reader that has gone away must not end a training.
  socket.on('error', () => resolve());
  socket.resume();
  return promise;
}
