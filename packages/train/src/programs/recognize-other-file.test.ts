import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recognizeOtherFile } from './recognize-other-file.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-files-'));
});

afterAll(() => rm(directory, { recursive: true }));

async function recognize(name: string, content: string | Buffer = '') {
  const path = join(directory, name);
  await writeFile(path, content);
  return recognizeOtherFile(path);
}

const bytes = (hex: string) => Buffer.from(hex.padEnd(32, '0'), 'hex');

test.each([
  ['train.ipynb', '{"cells": []}', 'a Jupyter notebook'],
  ['a.jar', bytes('504b0304'), 'a Java archive'],
  ['Train.class', bytes('cafebabe00000041'), 'a compiled Java class'],
  ['a-1.0-py3-none-any.whl', bytes('504b0304'), 'a Python package'],
  ['code.zip', bytes('504b0304'), 'an archive'],
  ['sourcedir.tar.gz', gzipSync('x'), 'an archive'],
  ['train.cpython-311.pyc', bytes('a70d0d0a'), 'compiled Python'],
  ['libtrain.so', bytes('7f454c46'), 'a library'],
  ['train.exe', bytes('4d5a9000'), 'a program for Windows'],
  ['TRAIN.BAT', 'echo hi', 'a program for Windows'],
  ['model.pt', bytes('504b0304'), 'a model'],
  ['model.safetensors', '', 'a model'],
  ['train.csv', '1,2\n', 'data'],
  ['config.json', '{}', 'data'],
  ['train.R', 'print(1)', 'R without a first line that names its interpreter'],
  ['train.jl', 'println(1)', 'Julia without a first line that names its interpreter'],
  ['Main.java', 'class Main {}', 'source code that has to be compiled'],
  ['train.tsx', 'export default <p/>', 'source code that has to be compiled'],
  // Without a suffix that says so.
  ['archive', bytes('504b0304'), 'an archive'],
  ['code', gzipSync('x'), 'an archive'],
  ['compiled', bytes('cafebabe00000034'), 'a compiled Java class'],
  ['fat', bytes('cafebabe00000002'), 'a program for macOS'],
  ['mac', bytes('cffaedfe'), 'a program for macOS'],
  ['wasm', bytes('0061736d'), 'a WebAssembly module'],
  ['weights', bytes('894844460d0a'), 'a model'],
  ['array', bytes('934e554d5059'), 'data'],
])('%s is recognized', async (name, content, what) => {
  expect(await recognize(name, content)).toMatchObject({ what });
});

test.each([
  ['train.sh', 'echo hi'],
  ['train.py', ''],
  ['train.mjs', ''],
  ['train', 'echo hi'],
  ['train.bash', 'echo hi'],
  ['train-1.2', 'echo hi'],
  ['empty', ''],
  // The first line names what runs them.
  ['with-shebang.R', '#!/usr/bin/env Rscript\n'],
  ['run.txt', '#!/bin/sh\n'],
  ['app.pyz', Buffer.concat([Buffer.from('#!/usr/bin/env python3\n'), bytes('504b0304')])],
])('%s may run', async (name, content) => {
  expect(await recognize(name, content)).toBeUndefined();
});

test('a program that was compiled for Linux may run, whatever its suffix', async () => {
  const path = join(directory, 'train.rs');
  await copyFile('/bin/true', path);

  expect(await recognizeOtherFile(path)).toBeUndefined();
});

test('the advice names the file', async () => {
  expect((await recognize('my.ipynb'))?.advice).toContain('"jupyter nbconvert --to script my.ipynb"');
  expect((await recognize('b.jar'))?.advice).toBe('name a shell script that runs java -jar b.jar');
  expect((await recognize('b.r'))?.advice).toBe(
    'begin it with #!/usr/bin/env Rscript, which has to be in the image',
  );
});
