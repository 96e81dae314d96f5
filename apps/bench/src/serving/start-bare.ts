/** Starts a server on `node:http` that checks nothing. */

import { join } from 'node:path';
import process from 'node:process';
import { programFile } from '../run-program.ts';
import { type BenchServer, startServer } from './start-server.ts';

/** Serves the model of the tree at `root`; each prediction takes `busyMs` of CPU beside its own. */
export function startBare(root: string, busyMs = 0): Promise<BenchServer> {
  const file = join(root, 'model/model.json');
  return startServer([process.execPath, programFile('serve-bare'), file, String(busyMs)]);
}
