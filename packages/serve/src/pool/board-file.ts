/**
 * The job board of a worker in a process of its own, which shares no memory with the server: a small file without a name
 * that both have open.
 *
 * The worker writes what it has begun, the server what it has taken back, each into a half of its own. Each writes first,
 * then reads what the other has written, so of two that meet at least one sees it: the worker gives way and says so, the
 * server leaves a job that it sees begun. What is written is there when the worker has crashed.
 */

import { closeSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import {
  begun,
  encode,
  finished,
  jobNumbers,
  parked,
  type ServerBoard,
  slotCount,
  stateBits,
  type WorkerBoard,
} from './job-board.ts';
import { openNameless } from './nameless-file.ts';

/** The server's half of such a board. */
export interface BoardFile extends ServerBoard {
  /** The open file, for the worker to inherit. */
  readonly descriptor: number;
  /** Closes the file once the worker has ended; what it said can still be read. */
  close(): void;
}

/** Where the worker finds it: behind its standard streams, Node's own channel and the pipe for bodies. */
export const boardDescriptor = 5;

/** In front of them, what the server has taken back. */
const begunBytes = slotCount * Int32Array.BYTES_PER_ELEMENT;
const declined = 0;

/**
 * Creates the board of one worker.
 *
 * @throws ServeError `WORKER_EXITED` when the file cannot be made.
 */
export function createBoardFile(): BoardFile {
  const descriptor = openNameless('board');
  ftruncateSync(descriptor, 2 * begunBytes);
  const slots = createSlots(descriptor);
  const hasBegun = (job: number) => {
    const value = slots.read(begunBytes, job) >>> 0;
    const number = value >>> stateBits;
    if (number === job) return value === encode(job, begun);
    // A slot that a later job has taken over belonged to one that had begun: jobs begin in their order.
    return (number - job + jobNumbers) % jobNumbers < jobNumbers / 2 && value !== 0;
  };
  return {
    descriptor,
    post: () => undefined,
    takeBack(job) {
      slots.write(0, job, encode(job, begun));
      return !hasBegun(job);
    },
    hasBegun,
    hasFinished: (job) => slots.read(begunBytes, job) === encode(job, finished),
    readTimes: () => undefined,
    close: slots.close,
  };
}

/** Gives the worker's half of the board that it has inherited. */
export function openBoardFile(descriptor: number): WorkerBoard {
  const slots = createSlots(descriptor);
  return {
    begin(job) {
      slots.write(begunBytes, job, encode(job, begun));
      if (slots.read(0, job) !== encode(job, begun)) return true;
      slots.write(begunBytes, job, encode(job, declined));
      return false;
    },
    park: (job) => slots.write(begunBytes, job, encode(job, parked)),
    finish: (job) => slots.write(begunBytes, job, encode(job, finished)),
    writeTimes: () => false,
  };
}

function createSlots(descriptor: number) {
  const value = new Int32Array(1);
  const bytes = new Uint8Array(value.buffer);
  const locate = (half: number, job: number) => half + (job % slotCount) * bytes.length;
  let last: Int32Array | undefined;
  return {
    read(half: number, job: number): number {
      if (last !== undefined) return last[locate(half, job) / bytes.length] as number;
      readSync(descriptor, bytes, 0, bytes.length, locate(half, job));
      return value[0] as number;
    },
    write(half: number, job: number, written: number): void {
      if (last !== undefined) return;
      value[0] = written;
      writeSync(descriptor, bytes, 0, bytes.length, locate(half, job));
    },
    close(): void {
      last = new Int32Array(2 * slotCount);
      readSync(descriptor, last, 0, last.byteLength, 0);
      closeSync(descriptor);
    },
  };
}
