/** Lets no line of the author's be lost that a worker thread writes before it ends. */

import process from 'node:process';
import type { Writable } from 'node:stream';

/**
 * Makes what this thread writes to stdout and stderr leave at once. Node holds each write of a thread back until the one
 * before has arrived, and what it holds is lost with a thread that is ended, which is when it would tell most.
 */
export function keepOutput(): void {
  for (const stream of [process.stdout, process.stderr] as readonly Writable[]) {
    const send = stream._writev?.bind(stream);
    if (send === undefined) continue;
    stream._writev = (chunks, callback) => {
      send(chunks, () => undefined);
      callback();
    };
  }
}
