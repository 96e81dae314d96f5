/**
 * Writes the replies of one turn of the event loop together. Each write to a client of this machine, as SageMaker's own
 * proxy is, wakes it if it sleeps, which takes as long as all the rest of a small reply; of those that come at once,
 * only the first does.
 */

/** What has something to write; must not throw. */
export interface Flushable {
  flush(): void;
  /** Takes down when it was written; what that takes would else stand between one write and the next. */
  note(nowMs: number): void;
}

/** So many keep a client at work; with more it would wait for the first. */
const maximumWaiting = 32;

let waiting: Flushable[] = [];

/** Has `item` write at the end of this turn, or sooner. */
export function writeSoon(item: Flushable): void {
  if (waiting.length === 0) setImmediate(writeAll);
  waiting.push(item);
  if (waiting.length === maximumWaiting) writeAll();
}

function writeAll(): void {
  const due = waiting;
  waiting = [];
  for (const item of due) item.flush();
  const nowMs = performance.now();
  for (const item of due) item.note(nowMs);
}
