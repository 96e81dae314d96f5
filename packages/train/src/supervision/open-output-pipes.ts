/**
 * Ways for a process's output to come here. What Node itself makes for `pipe` is a socket whose every chunk is new
 * memory, and which shell programs cannot open again.
 */

import { spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passage } from './pass-on.ts';

export interface Pipe {
  /** The end for the process; close it here when the process has it. */
  readonly writeEnd: number | Socket;
  closeWriteEnd(): void;
  /** Resolves when every process has closed its end and all of it was passed on. */
  readonly passedOn: Promise<void>;
}

/**
 * Opens a pipe for each passage, which a program can open again by name, for example `echo ... > /dev/stderr`; `undefined`
 * where there is no `mkfifo` or no folder to make them in.
 */
export function openPipes(passages: readonly Passage[]): Promise<readonly Pipe[] | undefined> {
  return inDirectory(async (directory) => {
    // Node has no call for a pipe: a FIFO that is opened at both ends and unlinked is the same.
    const paths = passages.map((_, index) => join(directory, `${index}`));
    if (spawnSync('mkfifo', paths).status !== 0) return undefined;
    return passages.map((passage, index) => {
      const path = paths[index] as string;
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const writeEnd = openSync(path, constants.O_WRONLY);
      const from = new Socket({ fd, readable: true, writable: false, onread: passage.onread });
      return { writeEnd, closeWriteEnd: () => closeSync(writeEnd), passedOn: passage.start(from) };
    });
  });
}

/**
 * Opens two connected sockets for each passage: no other process is started for it, so training starts the sooner.
 * `undefined` if no folder for them can be made.
 */
export function openSockets(passages: readonly Passage[]): Promise<readonly Pipe[] | undefined> {
  return inDirectory(async (directory) => {
    const path = join(directory, 'output');
    const server = createServer({ pauseOnConnect: true }).listen(path);
    try {
      await once(server, 'listening');
      const connections = on(server, 'connection');
      const froms = passages.map(({ onread }) => new Socket({ onread }).connect(path));
      const pipes: Pipe[] = [];
      // They are accepted in the order in which they asked.
      for (const [index, passage] of passages.entries()) {
        const { value } = await connections.next();
        const [writeEnd] = value as [Socket];
        const passedOn = passage.start(froms[index] as Socket);
        pipes.push({ writeEnd, closeWriteEnd: () => writeEnd.destroy(), passedOn });
      }
      return pipes;
    } finally {
      server.close();
    }
  });
}

async function inDirectory<Opened>(
  open: (directory: string) => Promise<Opened | undefined>,
): Promise<Opened | undefined> {
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(tmpdir(), 'optml-'));
    return await open(directory);
  } catch {
    return undefined;
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  }
}
