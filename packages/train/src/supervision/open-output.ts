/** The way of a process's output to where it is written, with the last of it kept. */

import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { createTail } from '../failures/tail-lines.ts';
import { openPipes, openSockets, type Pipe } from './open-output-pipes.ts';
import { createPassage, hasDescriptor } from './pass-on.ts';

export interface OutputTargets {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export interface Output {
  /** What the process gets as standard output and standard error. */
  readonly stdio: readonly [Pipe['writeEnd'] | Writable | 'pipe', Pipe['writeEnd'] | 'pipe'];
  /** To be called when the process has its ends, or was refused. */
  closeWriteEnds(): void;
  /** To be called with the process: passes on what comes by ways of Node's. */
  attach(child: ChildProcess): void;
  /** Resolves when every process has closed its end and all of it was passed on. */
  readonly passedOn: Promise<unknown>;
  /** What is kept of standard output; nothing of a terminal. */
  lastOutputLines(): readonly string[];
  lastErrorLines(): readonly string[];
}

const tailBytes = 16 * 1024;

/** Opens it: by pipes that a program can open again by name, or by sockets, which are quicker to open and to read. */
export async function openOutput(
  { stdout, stderr }: OutputTargets,
  kind: 'pipe' | 'socket',
): Promise<Output> {
  const [outputTail, errorTail] = [createTail(tailBytes), createTail(tailBytes)];
  // Handed over as it is, so that it stays one.
  const isTerminal = hasDescriptor(stdout) && (stdout as { isTTY?: boolean | undefined }).isTTY === true;
  const passages = [createPassage(stderr, errorTail.push)];
  if (!isTerminal) passages.push(createPassage(stdout, outputTail.push));
  const pipes = await (kind === 'socket' ? openSockets : openPipes)(passages);
  const [errorPipe, outputPipe] = pipes ?? [];
  return {
    stdio: [isTerminal ? stdout : (outputPipe?.writeEnd ?? 'pipe'), errorPipe?.writeEnd ?? 'pipe'],
    closeWriteEnds() {
      for (const pipe of pipes ?? []) pipe.closeWriteEnd();
    },
    attach(child) {
      child.stdout?.on('data', outputTail.push).pipe(stdout, { end: false });
      child.stderr?.on('data', errorTail.push).pipe(stderr, { end: false });
    },
    passedOn: Promise.all((pipes ?? []).map(({ passedOn }) => passedOn)),
    lastOutputLines: outputTail.lines,
    lastErrorLines: errorTail.lines,
  };
}
