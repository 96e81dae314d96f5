import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { suggestProgram } from './suggest-program.ts';

let directory: string;

afterEach(() => rm(directory, { recursive: true }));

async function suggest(name: string, files: readonly string[]): Promise<string> {
  directory = await mkdtemp(join(tmpdir(), 'optml-source-'));
  for (const file of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), '');
  }
  return suggestProgram(name, [directory, join(directory, 'absent')]);
}

test.each([
  ['train.py', ['README.md', 'src/train.py'], ': did you mean src/train.py?'],
  ['train.py', ['a/b/c/train.py', 'a/train.py', 'trian.py'], ': did you mean a/train.py or a/b/c/train.py?'],
  ['src/train.py', ['train.py', 'src/model.py'], ': did you mean train.py?'],
  ['train.py', ['project/Train.py'], ': did you mean project/Train.py?'],
  ['train', ['src/train.py', 'src/model.py'], ': did you mean src/train.py?'],
  ['train.js', ['src/train.ts'], ': did you mean src/train.ts?'],
  ['trian.py', ['src/train.py', 'notes.md'], ': did you mean src/train.py?'],
  ['scr/train.py', ['src/train.py', 'src/model.py'], ': did you mean src/train.py?'],
  ['absent.py', ['model.py', 'lib/data.py'], ': there are model.py, lib/data.py'],
  ['train.py', ['.git/train.py', 'node_modules/x/train.py', '__pycache__/train.py'], ''],
  ['train.py', [], ''],
])('%s among %j', async (name, files, suggestion) => {
  expect(await suggest(name, files)).toBe(suggestion);
});
