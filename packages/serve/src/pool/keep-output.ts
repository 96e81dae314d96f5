/** Keeps the lines that a worker thread writes before it ends. */

import process from 'node:process';
import type { Writable } from 'node:stream';

/**
 * Sends what this thread writes to stdout and stderr at once. Node holds each write of a thread back until the one before
 * it has arrived, and a thread that is ended takes what is held with it: the lines that would tell most.
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
