/** Installs Debian packages that a benchmark compares with; does nothing for those that are there. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Rejects where there is no apt, or no right to use it: the message is apt's. */
export async function installPackages(...names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    const query = await run('dpkg-query', ['-W', '-f=$'.concat('{Status}'), name]).catch(() => ({
      stdout: '',
    }));
    if (!query.stdout.includes('install ok installed')) missing.push(name);
  }
  if (missing.length === 0) return;
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], {
    maxBuffer: 64 * 1024 ** 2,
  });
}
