import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { fixture, makeFolder, runOptml } from '../../test/run-optml.ts';

/**
 * Stand in for what needs a network: they say what they were told, and write where the real ones would. That the real
 * `aws` does so with these words was tried against a server of S3's kind.
 */
const programs = {
  aws: '[ "$2" = sync ] && to="$4/object" || to="$4object"; mkdir -p "$(dirname "$to")"; echo "$@" > "$to"',
  curl: 'mkdir -p "$(dirname "$4")"; echo "$@" > "$4"',
};

async function makeMachine() {
  const folder = await makeFolder();
  await mkdir(join(folder, 'bin'));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  const environment = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` };
  const type = (line: string) => promisify(execFile)('sh', ['-c', line], { cwd: folder, env: environment });
  const train = (...words: string[]) =>
    runOptml(['train', ...words, ...fixture('container')], { workingDirectory: folder });
  return { folder, type, train };
}

test.each([
  ['s3://bucket/iris/', 'sync s3://bucket/iris/ training-from-s3'],
  ['s3://bucket', 'sync s3://bucket training-from-s3'],
  [
    's3://bucket/my data',
    'sync s3://bucket/my data training-from-s3',
    'cp s3://bucket/my data training-from-s3/',
  ],
  [
    "s3a://bucket/it's/a.csv",
    "sync s3://bucket/it's/a.csv training-from-s3",
    "cp s3://bucket/it's/a.csv training-from-s3/",
  ],
  ['S3:/bucket/a', 'sync s3://bucket/a training-from-s3', 'cp s3://bucket/a training-from-s3/'],
])('what is said of --input training=%s works when it is followed', async (url, ...told) => {
  for (const [index, words] of told.entries()) {
    const { folder, type, train } = await makeMachine();
    const { code, err } = await train('--input', `training=${url}`);
    const command = [...err.matchAll(/"(aws .*?)"/g)][index]?.[1] ?? '';
    const [, input = ''] = /then give --input (.*)\n$/.exec(err) ?? [];

    await type(command);
    const followed = await train('--input', input);

    expect({ code, followed }).toMatchObject({ code: 2, followed: { code: 0 } });
    expect(await readFile(join(folder, '.optml/ml/input/data/training/object'), 'utf8')).toBe(
      `s3 ${words}\n`,
    );
  }
});

test('a file of the web is fetched as advised', async () => {
  const { folder, type, train } = await makeMachine();
  const url = 'https://example.com/a%20b/iris.csv?version=1&raw';
  const { err } = await train('--input', `training=${url}`);

  await type(/"(curl .*?)"/.exec(err)?.[1] ?? '');
  const followed = await train('--input', /then give --input (.*)\n$/.exec(err)?.[1] ?? '');

  expect(followed.code).toBe(0);
  expect(await readFile(join(folder, '.optml/ml/input/data/training/iris.csv'), 'utf8')).toContain(url);
});

test('the path of a file URL is advised', async () => {
  const { folder, type, train } = await makeMachine();
  await writeFile(join(folder, 'my data.csv'), '1');
  const { err } = await train('--input', `training=file://${folder}/my%20data.csv`);

  const { stdout } = await type(`printf %s ${/give the path instead: --input (.*)\n$/.exec(err)?.[1]}`);

  expect((await train('--input', stdout)).code).toBe(0);
});

test.each([
  ['s3:///a', 'the URL names no bucket: give a file or a folder'],
  ['s3://', 'the URL names no bucket: give a file or a folder'],
  ['file://host/a', 'the URL names no file of this machine: give a path'],
  ['gs://bucket/a', 'optml does not download data: copy it to this machine, then give the path of the copy'],
])('%s cannot be followed, and the message says why', async (url, says) => {
  const { train } = await makeMachine();

  expect(await train('--input', `training=${url}`)).toEqual({
    code: 2,
    out: '',
    err: `optml: --input "training=${url}": ${says}\n`,
  });
});
