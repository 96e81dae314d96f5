/** Writes 100 MB of lines, as a program with much to say. */

import { once } from 'node:events';
import process from 'node:process';

const line = `${'a line of a training log, as long as lines are'.padEnd(99, '.')}\n`;
const bytes = 100e6;

/**
 * Writes with the back-pressure of the stream, and resolves once all is written. Loggers write a line at a time;
 * blocks of 640 lines are the worst that a program can do to whoever passes its output on.
 */
export async function writeOutput(name: string | undefined, writes: string | undefined): Promise<void> {
  const stream = name === 'stderr' ? process.stderr : process.stdout;
  const chunk = Buffer.from(line.repeat(writes === 'blocks' ? 640 : 1));
  for (let written = 0; written < bytes; written += chunk.length) {
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
}
