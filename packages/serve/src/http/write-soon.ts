/**
 * Writes the replies of one turn of the event loop together. Each write to a client of this machine, as SageMaker's own
 * proxy is, wakes it if it sleeps, which takes as long as all the rest of a small reply; of those that come at once,
 * only the first does.
 */

/** What has something to write; must not throw. */
export interface Writable {
  write(): void;
  /** Takes down when it was written; what that takes would else stand between one write and the next. */
  note(nowMs: number): void;
}

/** So many keep a client at work; with more it would wait for the first. */
const maximumWaiting = 32;

let waiting: Writable[] = [];

/** Has `writable` write at the end of this turn, or sooner. */
export function writeSoon(writable: Writable): void {
  if (waiting.length === 0) setImmediate(writeAll);
  waiting.push(writable);
  if (waiting.length === maximumWaiting) writeAll();
}

function writeAll(): void {
  const due = waiting;
  waiting = [];
  for (const writable of due) writable.write();
  const nowMs = performance.now();
  for (const writable of due) writable.note(nowMs);
}
