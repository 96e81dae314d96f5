/** Follows the README in a container: a fresh clone of the workspace, and nothing but what the base image has. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ending, runContainer, surroundings } from './containers.ts';
import { copyWorkspace } from './copy-workspace.ts';

const workspace = fileURLToPath(new URL('../../../..', import.meta.url));

/** The commands that the README begins with, as they stand there. */
export async function readCommands(): Promise<readonly string[]> {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8');
  const [, block = ''] = /```sh\n(.*?)```/s.exec(readme) ?? [];
  return block.split('\n').flatMap((line) => line.replace(/\s*#.*$/, '').trim() || []);
}

/** Runs one of them in a clone of its own, on the network of this machine, whose registry it needs. */
export async function followCommand(command: string): Promise<Ending> {
  const clone = await copyWorkspace();
  try {
    const options = ['--network', 'host', '--volume', `${clone}:/clone`, '--workdir', '/clone'];
    return await runContainer(options, ['/bin/sh', '-c', command], surroundings.baseImage);
  } finally {
    await rm(clone, { recursive: true });
  }
}
