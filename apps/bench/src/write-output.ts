/** Writes 100 MB of lines, as a program with much to say. */

import { once } from 'node:events';
import process from 'node:process';

const chunk = Buffer.from(
  `${'a line of a training log, as long as lines are'.padEnd(99, '.')}\n`.repeat(640),
);
const chunks = Math.ceil(100e6 / chunk.length);

/** Writes with the back-pressure of the stream, and resolves once all is written. */
export async function writeOutput(name: string | undefined): Promise<void> {
  const stream = name === 'stderr' ? process.stderr : process.stdout;
  for (let written = 0; written < chunks; written += 1) {
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
}
