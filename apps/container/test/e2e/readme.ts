/** Follows the README in a container: a fresh clone of the workspace, and nothing but what the base image has. */

import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Ending, runContainer, surroundings } from './containers.ts';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('../../../..', import.meta.url));

/** The commands that the README begins with, as they stand there. */
export async function readCommands(): Promise<readonly string[]> {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8');
  const [, block = ''] = /```sh\n(.*?)```/s.exec(readme) ?? [];
  return block.split('\n').flatMap((line) => line.replace(/\s*#.*$/, '').trim() || []);
}

/** Runs one of them in a clone of its own, on the network of this machine, whose registry it needs. */
export async function followCommand(command: string): Promise<Ending> {
  const clone = await mkdtemp(join(tmpdir(), 'optml-readme-'));
  try {
    await chmod(clone, 0o755);
    // What git knows, and what it would: a change can be tried before it is committed.
    const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: workspace,
      maxBuffer: 64 * 1024 ** 2,
    });
    for (const file of new Set(stdout.split('\0').filter((name) => name !== '')))
      await cp(join(workspace, file), join(clone, file)).catch(ignoreDeleted);
    const options = ['--network', 'host', '--volume', `${clone}:/clone`, '--workdir', '/clone'];
    return await runContainer(options, ['/bin/sh', '-c', command], surroundings.baseImage);
  } finally {
    await rm(clone, { recursive: true });
  }
}

function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
