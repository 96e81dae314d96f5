/**
 * Says of every invocation that was sent to a worker whether its work has begun, and when its steps happened, in memory
 * that both threads see.
 *
 * It is what isolation rests on: when a worker dies or is stuck, what it had not begun is taken back and given to
 * another one, and so is, once, what it had finished without the reply's having left; what was taken back is never begun.
 */

import { type InvocationTimes, timesLength } from '../invocation/invocation-clock.ts';

/** Far more than a worker is sent at once. */
export const slotCount = 4_096;
/** Numbers begin again after these; a slot has room for them and three bits of state. */
export const jobNumbers = 2 ** 28;

const sent = 1;
export const parked = 2;
export const begun = 3;
export const finished = 4;
export const stateBits = 3;

/** What the server does with a board. */
export interface ServerBoard {
  /** Writes down a job that is about to be sent. */
  post(job: number): void;
  /**
   * True when the job will not be begun any more, false when it has been begun; or when it was just about to be, and the
   * worker declines it.
   */
  takeBack(job: number): boolean;
  /** True when the job has been begun, and is neither parked nor finished. */
  hasBegun(job: number): boolean;
  /** True when the job has been done, though its reply may not have left. */
  hasFinished(job: number): boolean;
  /** Reads when the steps of a job happened, once its reply is there; `undefined` when the worker wrote nothing here. */
  readTimes(job: number): InvocationTimes | undefined;
}

/** What a worker does with it. */
export interface WorkerBoard {
  /** True when the job is to be done; false when it has been taken back. */
  begin(job: number): boolean;
  /** Nothing is lost if the job is taken back: it waits for its batch, or all of its stream has been sent. */
  park(job: number): void;
  /** The job is done: nothing but time is lost if it is taken back, and perhaps it ends what does it. */
  finish(job: number): void;
  /** Writes down when the steps of a job happened, before its reply leaves; false when the board has no room for it. */
  writeTimes(job: number, times: InvocationTimes): boolean;
}

/** The board of a worker in a thread. */
export interface JobBoard extends ServerBoard, WorkerBoard {
  readonly memory: SharedArrayBuffer;
}

const slotBytes = slotCount * Int32Array.BYTES_PER_ELEMENT;
/** The times and the number of the job, plus one: together a line of the cache, which the threads hand to each other. */
const timesSlot = timesLength + 1;
const timesBytes = slotCount * timesSlot * Float64Array.BYTES_PER_ELEMENT;

/** Creates the board of one worker, or in the worker a view of it. */
export function createJobBoard(memory = new SharedArrayBuffer(slotBytes + timesBytes)): JobBoard {
  const slots = new Int32Array(memory, 0, slotCount);
  const times = new Float64Array(memory, slotBytes);
  const move = (job: number, from: number, to: number) =>
    Atomics.compareExchange(slots, job % slotCount, encode(job, from), to) === encode(job, from);
  return {
    memory,
    post: (job) => void Atomics.store(slots, job % slotCount, encode(job, sent)),
    takeBack: (job) => move(job, sent, 0) || move(job, parked, 0) || move(job, finished, 0),
    hasBegun(job) {
      // A slot that a later job has taken over belonged to one that had begun: jobs begin in their order.
      const value = Atomics.load(slots, job % slotCount);
      return value !== encode(job, sent) && value !== encode(job, parked) && value !== encode(job, finished);
    },
    hasFinished: (job) => Atomics.load(slots, job % slotCount) === encode(job, finished),
    begin: (job) => move(job, sent, encode(job, begun)) || move(job, parked, encode(job, begun)),
    park: (job) => void move(job, begun, encode(job, parked)),
    finish: (job) => void move(job, begun, encode(job, finished)),
    writeTimes(job, taken) {
      // One that was given up long ago has left its slot to another.
      if (Atomics.load(slots, job % slotCount) >> stateBits !== job) return true;
      const at = locate(job);
      for (let index = 0; index < timesLength; index += 1) times[at + index] = taken[index] as number;
      times[at + timesLength] = job + 1;
      return true;
    },
    readTimes(job) {
      const at = locate(job);
      const read = (offset: number) => times[at + offset] as number;
      if (read(timesLength) !== job + 1) return undefined;
      return [read(0), read(1), read(2), read(3), read(4), read(5), read(6)];
    },
  };
}

function locate(job: number): number {
  return (job % slotCount) * timesSlot;
}

/** Both in 32 bits. */
export function encode(job: number, state: number): number {
  return (job * 2 ** stateBits + state) | 0;
}
