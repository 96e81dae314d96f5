/** The Python servers of `peer/`, all with one model of scikit-learn. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BenchServer, startServer } from './start-server.ts';

const run = promisify(execFile);
/** Debian's own, which has Debian's packages. */
const python = '/usr/bin/python3';
const folder = fileURLToPath(new URL('../peer/', import.meta.url));

/** What `serve.py` needs of Debian: the stack of SageMaker's own example. */
export const flaskPackages: readonly string[] = [
  'nginx-light',
  'gunicorn',
  'python3-gevent',
  'python3-flask',
  'python3-pandas',
  'python3-sklearn',
];

/** Trains on `file`, csv with a label in front, and writes the model beside that of the container. */
export async function trainPeer(file: string, modelDirectory: string): Promise<void> {
  await run(python, [join(folder, 'train.py'), file, modelDirectory]);
}

/** Starts a program of `peer/`. */
export function startPeer(program: string, modelDirectory: string): Promise<BenchServer> {
  return startServer([python, join(folder, program)], { MODEL_DIRECTORY: modelDirectory });
}
