import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createModelArtifact, type ModelArtifact } from './model-artifact.ts';

let root: string;
let model: ModelArtifact;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optml-model-'));
  model = createModelArtifact(join(root, 'model'));
  await mkdir(join(root, 'elsewhere'));
  await mkdir(join(root, 'model/folder'), { recursive: true });
  await symlink(join(root, 'elsewhere'), join(root, 'model/leaves'));
  await symlink('/nowhere/at/all', join(root, 'model/dangles'));
  await symlink('turns', join(root, 'model/turns'));
  await symlink('folder', join(root, 'model/stays'));
});

afterEach(() => rm(root, { recursive: true }));

test.each([
  ['../x', 'it leads out of the folder'],
  ['a/../../x', 'it leads out of the folder'],
  ['folder/../../model-2/x', 'it leads out of the folder'],
  ['..', 'it leads out of the folder'],
  ['/tmp/x', 'it is an absolute path'],
  ['leaves/x', 'leaves is a link that leads out of the folder'],
  ['leaves/a/b/x', 'leaves is a link that leads out of the folder'],
  ['dangles/x', 'dangles is a link that leads out of the folder'],
  ['turns/x', 'turns is a link that leads out of the folder'],
  ['x\0.json', 'a path cannot contain a NUL character'],
  ['', 'it is not a file name'],
  [undefined as unknown as string, 'it is not a file name'],
  ['.', 'it names a folder'],
  ['a/..', 'it names a folder'],
  ['new/', 'it names a folder'],
  ['new/.', 'it names a folder'],
  ['folder', 'it is a folder'],
])('the file %j is refused, and nothing is written', async (fileName, reason) => {
  const before = await readdir(root, { recursive: true });

  await expect(model.write(fileName, 'x')).rejects.toMatchObject({
    code: 'MODEL_PATH_INVALID',
    message: expect.stringMatching(
      new RegExp(`^cannot write .* to the model: (.*/)?${reason}; name a file below ${model.directory},`),
    ),
  });
  expect(await readdir(root, { recursive: true })).toEqual(before);
});

test.each(['x', 'a/b/x', 'a/../x', './x', '..x', 'folder/x', 'stays/x', '.hidden/x'])(
  'the file %j is written, and replaced whole',
  async (fileName) => {
    await model.write(fileName, 'a longer text');
    await model.write(fileName, Buffer.from('short'));

    expect(await readFile(join(model.directory, fileName), 'utf8')).toBe('short');
  },
);

test('a link in the place of the file is replaced, and what it led to stays', async () => {
  await writeFile(join(root, 'elsewhere/x'), 'old');
  await symlink(join(root, 'elsewhere/x'), join(model.directory, 'x'));

  await model.write('x', 'new');

  expect(await readFile(join(root, 'elsewhere/x'), 'utf8')).toBe('old');
  expect(await readFile(join(model.directory, 'x'), 'utf8')).toBe('new');
});

test('a model folder that is a link itself, or is not there yet, is written to', async () => {
  await symlink(join(root, 'elsewhere'), join(root, 'linked'));

  for (const name of ['linked', 'later']) await createModelArtifact(join(root, name)).write('a/x', name);

  expect(await readFile(join(root, 'elsewhere/a/x'), 'utf8')).toBe('linked');
  expect(await readFile(join(root, 'later/a/x'), 'utf8')).toBe('later');
});
