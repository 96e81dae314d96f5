import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const program = `
  const { findEntrypoint } = await import(${JSON.stringify(new URL('./find-entrypoint.ts', import.meta.url))});
  await findEntrypoint(process.cwd()).then(console.log, ({ code, message }) => console.log(code, message));
`;

/** In a process of its own: NODE_PATH, which pnpm sets for this one, would find the workspace's. */
async function findFrom(manifest: object): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'optml-bundle-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest));
  const words = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd, env: {} });
  return stdout;
}

test.each([
  [{}, 'run "npm install @optml/entrypoint" in it'],
  [{ devDependencies: { optml: '^0.1.0' } }, 'its dependencies are not installed: run "npm install" in it'],
  [{ dependencies: { '@optml/entrypoint': '^0.1.0' } }, 'its dependencies are not installed'],
])('a project without the entry point (%j) is told how to get it', async (manifest, advice) => {
  expect(await findFrom(manifest)).toMatch(new RegExp(`^ENTRYPOINT_MISSING .*${advice}`));
});
