/**
 * Ways for a process's standard error to come here. What Node itself makes for `pipe` is a socket whose every
 * chunk is new memory, and which shell programs cannot open again.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passage } from './pass-on.ts';

export interface ErrorPipe {
  /** The end for the process; close it here when the process has it. */
  readonly writeEnd: number | Socket;
  closeWriteEnd(): void;
  /** Resolves when every process has closed its end and all of it was passed on. */
  readonly passedOn: Promise<void>;
}

/**
 * Opens a pipe that a program can open again by name, as in `echo ... > /dev/stderr`; `undefined` where there is
 * no `mkfifo` or no folder to make it in.
 */
export function openErrorPipe(passage: Passage): Promise<ErrorPipe | undefined> {
  return inFolder(async (path) => {
    // Node has no call for a pipe: a FIFO that is opened at both ends and unlinked is the same.
    if (spawnSync('mkfifo', [path]).status !== 0) return undefined;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    const from = new Socket({ fd, readable: true, writable: false, onread: passage.onread });
    return { writeEnd, closeWriteEnd: () => closeSync(writeEnd), passedOn: passage.start(from) };
  });
}

/**
 * Opens two connected sockets: no other process is started for it, so training starts the sooner. `undefined`
 * where there is no folder to make them in.
 */
export function openErrorSocket(passage: Passage): Promise<ErrorPipe | undefined> {
  return inFolder(async (path) => {
    const server = createServer({ pauseOnConnect: true }).listen(path);
    try {
      await once(server, 'listening');
      const from = new Socket({ onread: passage.onread });
      from.connect(path);
      const [writeEnd] = (await once(server, 'connection')) as [Socket];
      return { writeEnd, closeWriteEnd: () => writeEnd.destroy(), passedOn: passage.start(from) };
    } finally {
      server.close();
    }
  });
}

async function inFolder(
  open: (path: string) => Promise<ErrorPipe | undefined>,
): Promise<ErrorPipe | undefined> {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'optml-'));
    return await open(join(folder, 'stderr'));
  } catch {
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}
