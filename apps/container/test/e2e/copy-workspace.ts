/** Copies the workspace as a fresh clone has it. */

import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('../../../..', import.meta.url));

/** Gives a new folder, which the caller removes. */
export async function copyWorkspace(): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'optml-clone-'));
  await chmod(clone, 0o755);
  // What git knows, and what it would: a change can be tried before it is committed.
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: workspace,
    maxBuffer: 64 * 1024 ** 2,
  });
  for (const file of new Set(stdout.split('\0').filter((name) => name !== '')))
    await cp(join(workspace, file), join(clone, file)).catch(ignoreDeleted);
  return clone;
}

function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
