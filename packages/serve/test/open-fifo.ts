/** A named pipe, from which a fixture reads until the test lets it. */

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes one that goes when the test ends; `release` lets one read return. */
export async function openFifo(): Promise<{ readonly path: string; readonly release: () => void }> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-serve-'));
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  const descriptor = openSync(path, 'r+');
  onTestFinished(async () => {
    closeSync(descriptor);
    await rm(directory, { recursive: true });
  });
  return { path, release: () => void writeSync(descriptor, new Uint8Array(1)) };
}
