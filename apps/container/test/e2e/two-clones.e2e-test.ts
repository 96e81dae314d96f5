/** Two clones of the last commit, each installed and built on its own, one after the other: one digest. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from './docker.ts';

const workspace = fileURLToPath(new URL('../../../..', import.meta.url));

async function run(file: string, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(file, words);
  if (exitCode !== 0) throw new Error(`${file} ${words.join(' ')} failed: ${stdout}\n${stderr}`);
  return stdout;
}

async function buildClone(name: string): Promise<{ readonly digest: string; readonly layers: object[] }> {
  const folder = await mkdtemp(join(tmpdir(), `optml-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true }));
  const clone = join(folder, 'clone');
  await run('git', 'clone', '--quiet', '--depth', '1', `file://${workspace}`, clone);
  const { packageManager } = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8'));
  for (const words of [['install', '--frozen-lockfile', '--prefer-offline'], ['build']])
    await run('npx', '--yes', packageManager, '--dir', clone, ...words);
  const main = join(clone, 'apps/cli/dist/main.js');
  const output = ['--base', 'scratch', '--output', `oci:${folder}/image`, '--json'];
  const project = join(clone, 'apps/container');
  const printed = await run('env', '--chdir', project, process.execPath, main, 'build', ...output);
  return JSON.parse(printed).data;
}

test('two clones that are built at different times give one digest', async () => {
  const first = await buildClone('first');
  const second = await buildClone('a-longer-name-of-the-second');

  expect(second.layers).toEqual(first.layers);
  expect(second.digest).toBe(first.digest);
});
