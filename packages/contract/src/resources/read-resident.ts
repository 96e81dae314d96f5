/** How much memory this process occupies. */

import process from 'node:process';

let lastBytes = 0;

/**
 * Reads the bytes of memory that this process occupies. Never throws: Node opens a file to read them, and where as many are
 * open as may be, the last answer counts.
 */
export function readResidentBytes(): number {
  try {
    lastBytes = process.memoryUsage.rss();
  } catch {
    // A server that has this many connections, or a predictor that leaves files open, goes on.
  }
  return lastBytes;
}
