/**
 * Says of every invocation that was sent to a worker whether its work has begun, in memory that both threads see.
 *
 * It is what isolation rests on: when a worker dies or is stuck, what it had not begun is taken back and given to
 * another one, and so is what it had finished without the reply's having left; what was taken back is never begun.
 */

/** Far more than a worker is sent at once. */
const slotCount = 4_096;
/** Numbers begin again after these; a slot has room for them and two bits of state. */
export const jobNumbers = 2 ** 28;

const sent = 1;
const parked = 2;
const begun = 3;

export interface JobBoard {
  readonly memory: SharedArrayBuffer;
  /** The server: writes down a job that is about to be sent. */
  post(job: number): void;
  /** The server: true when the job will not be begun any more, false when it has been begun. */
  takeBack(job: number): boolean;
  /** The server: true when the job has been begun and is not parked. */
  hasBegun(job: number): boolean;
  /** The worker: true when the job is to be done; false when it has been taken back. */
  begin(job: number): boolean;
  /** The worker: nothing is lost any more if the job is taken back: it waits for its batch, or is finished. */
  park(job: number): void;
}

/** Creates the board of one worker, or in the worker a view of it. */
export function createJobBoard(
  memory = new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT),
): JobBoard {
  const slots = new Int32Array(memory);
  const move = (job: number, from: number, to: number) =>
    Atomics.compareExchange(slots, job % slotCount, encode(job, from), to) === encode(job, from);
  return {
    memory,
    post: (job) => void Atomics.store(slots, job % slotCount, encode(job, sent)),
    takeBack: (job) => move(job, sent, 0) || move(job, parked, 0),
    hasBegun(job) {
      // A slot that a later job has taken over belonged to one that had begun: jobs begin in their order.
      const value = Atomics.load(slots, job % slotCount);
      return value !== encode(job, sent) && value !== encode(job, parked);
    },
    begin: (job) => move(job, sent, encode(job, begun)) || move(job, parked, encode(job, begun)),
    park: (job) => void move(job, begun, encode(job, parked)),
  };
}

function encode(job: number, state: number): number {
  return (job * 4 + state) | 0;
}
