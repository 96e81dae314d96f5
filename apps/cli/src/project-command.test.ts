import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../test/run-optml.ts';
import { resolveProjectCommand } from './project-command.ts';

const nodeFile = process.execPath;

async function makeProject(manifest: string): Promise<string> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'dist'));
  await mkdir(join(folder, 'inner/deep'), { recursive: true });
  await writeFile(join(folder, 'dist/main.js'), '');
  await writeFile(join(folder, 'package.json'), manifest);
  return folder;
}

test('a typed command runs in the current folder, with node as the running one', async () => {
  const folder = await makeProject('{}');

  const command = await resolveProjectCommand(['node', 'dist/main.js', '-v'], {
    workingDirectory: folder,
    programFile: folder,
    nodeFile,
  });

  expect(command).toEqual({ file: nodeFile, arguments: ['dist/main.js', '-v'], workingDirectory: folder });
});

test('the nearest package.json that declares a command wins, and is where it runs', async () => {
  const folder = await makeProject('{"optml": {"command": ["python3", "entry.py"]}}');
  await writeFile(join(folder, 'inner/package.json'), '{"name": "without"}');

  const command = await resolveProjectCommand(undefined, {
    workingDirectory: join(folder, 'inner/deep'),
    programFile: '/main.js',
    nodeFile,
  });

  expect(command).toEqual({ file: 'python3', arguments: ['entry.py'], workingDirectory: folder });
});

test('without a declaration above the current folder the search goes on from the program', async () => {
  const folder = await makeProject('{"optml": {"command": ["node", "dist/main.js"]}}');

  const command = await resolveProjectCommand(undefined, {
    workingDirectory: await makeFolder(),
    programFile: join(folder, 'inner/deep/main.js'),
    nodeFile,
  });

  expect(command).toEqual({ file: nodeFile, arguments: ['dist/main.js'], workingDirectory: folder });
});

test('no declaration anywhere is refused with the way to give one', async () => {
  const folder = await makeFolder();

  const resolving = resolveProjectCommand(undefined, {
    workingDirectory: folder,
    programFile: join(folder, 'main.js'),
    nodeFile,
  });

  await expect(resolving).rejects.toMatchObject({
    code: 'COMMAND_MISSING',
    message: expect.stringMatching(
      /has "optml": \{"command": \[\.\.\.\]\}; add it, or give the command after --/,
    ),
  });
});

test.each([
  {
    manifest: '{"optml": {"command": "node dist/main.js"}}',
    says: 'optml.command is "node dist/main.js": expected a list of strings',
  },
  { manifest: '{"optml": {"command": []}}', says: 'optml.command is []: expected a list' },
  { manifest: '{"optml": {"command": ["node", 1]}}', says: 'optml.command is ["node",1]: expected a list' },
  { manifest: '{"optml"', says: 'package.json is not JSON' },
])('a package.json of $manifest is refused', async ({ manifest, says }) => {
  const folder = await makeProject(manifest);

  const resolving = resolveProjectCommand(undefined, {
    workingDirectory: folder,
    programFile: folder,
    nodeFile,
  });

  await expect(resolving).rejects.toMatchObject({
    code: 'PROJECT_INVALID',
    message: expect.stringContaining(says),
  });
});

test('a file that was not built is named, with what to do', async () => {
  const folder = await makeProject('{"optml": {"command": ["node", "dist/other.js"]}}');

  const resolving = resolveProjectCommand(undefined, {
    workingDirectory: folder,
    programFile: folder,
    nodeFile,
  });

  await expect(resolving).rejects.toMatchObject({
    code: 'COMMAND_NOT_STARTED',
    message: `cannot start "node dist/other.js": ${join(folder, 'dist/other.js')} does not exist; build the project first (pnpm build), or give another command after --`,
  });
});
