/** Starts the reference container as a server. */

import { join } from 'node:path';
import process from 'node:process';
import { type BenchServer, startServer } from './start-server.ts';
import { container } from './train-model.ts';

/** Serves the model of the tree at `root`. */
export function startContainer(
  root: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  return startServer([process.execPath, join(container, 'dist/main.js'), 'serve'], {
    SAGEMAKER_BASE_DIR: root,
    ...variables,
  });
}
