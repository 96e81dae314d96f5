/** Archives are made by GNU tar, or entry by entry where tar would refuse to; what is packed is unpacked by GNU tar. */

import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type LayerEntry, writeLayerTar } from '@optml/image/tar';
import { expect, test } from 'vitest';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

const run = promisify(execFile);

async function makeModel(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const file = (path: string, text = 'x'): LayerEntry => {
  const content = Buffer.from(text);
  return { path, type: 'file', mode: 0o644, size: content.length, content };
};
const link = (path: string, linkTarget: string): LayerEntry => ({
  path,
  type: 'symlink',
  mode: 0o777,
  size: 0,
  linkTarget,
});

async function tar(...entries: LayerEntry[]): Promise<Buffer> {
  return buffer(writeLayerTar(entries, 0));
}

/** Inspects bytes; resolves to the exit code and the codes and messages of the findings. */
async function inspect(bytes: Uint8Array) {
  const folder = await makeFolder();
  await writeFile(join(folder, 'model.tar.gz'), bytes);
  const { code, out } = await runOptml(['model', 'inspect', 'model.tar.gz', '--json'], {
    workingDirectory: folder,
  });
  const { ok, data, error } = JSON.parse(out);
  const { findings } = (ok ? data : error) as {
    findings: { code: string; message: string; path?: string; count: number }[];
  };
  return { code, findings, codes: findings.map((finding) => finding.code), data };
}

test('a folder is packed as tar unpacks it, the same bytes for the same files', async () => {
  const files = {
    'model.json': '{}',
    'code/run.sh': '#!/bin/sh',
    '._model.json': 'mac',
    '.DS_Store': 'mac',
    'ü/ß.bin': 'b',
  };
  const [one, two] = [await makeModel(files), await makeModel(files)];
  await chmod(join(one, 'code/run.sh'), 0o744);
  await chmod(join(two, 'code/run.sh'), 0o755);
  await utimes(join(two, 'model.json'), 1, 1);
  await symlink('model.json', join(one, 'latest'));
  await symlink('model.json', join(two, 'latest'));

  const first = await runOptml(['model', 'pack', one, '--output', 'a/m.tar.gz'], { workingDirectory: one });
  const second = await runOptml(['model', 'pack', '.', '--json'], { workingDirectory: two });
  const again = await runOptml(['model', 'pack', '.', '--json'], { workingDirectory: two });

  const archive = join(one, 'a/m.tar.gz');
  expect(first).toMatchObject({ code: 0, out: `${archive}\n` });
  expect(first.err).toContain('left out, as files of a desktop: .DS_Store, ._model.json\n');
  expect(JSON.parse(second.out)).toMatchObject({
    ok: true,
    data: { files: 3, path: join(two, 'model.tar.gz') },
  });
  expect(again.out).toBe(second.out);
  expect(await readFile(archive)).toEqual(await readFile(join(two, 'model.tar.gz')));
  const target = await makeFolder();
  await run('tar', ['-xzf', archive, '-C', target]);
  expect((await readdir(target, { recursive: true })).sort()).toEqual(
    ['code', 'code/run.sh', 'latest', 'model.json', 'ü', 'ü/ß.bin'].sort(),
  );
  const inspected = await runOptml(['model', 'inspect', archive]);
  expect(inspected.out).toMatch(
    /^3 files, \d+ B, \d+ B unpacked; at the top: code\/ latest model.json ü\/\nno findings\n$/,
  );
});

test.each<[string, (folder: string) => Promise<unknown>, string]>([
  [
    'a link that leads out of it',
    (folder) => symlink('/etc/hostname', join(folder, 'weights')),
    '"weights" is a link to "/etc/hostname", which is not in the folder; put the file there in its place',
  ],
  [
    'a link that climbs out of it',
    (folder) => symlink('../../x', join(folder, 'up')),
    '"up" is a link to "../../x", which is not in the folder',
  ],
  [
    'a link that leads nowhere',
    (folder) => symlink('gone', join(folder, 'here')),
    '"here" is a link to "gone", which does not exist',
  ],
  [
    'a link to itself',
    (folder) => symlink('turn', join(folder, 'turn')),
    '"turn" is a link to "turn", which does not exist',
  ],
  [
    'a FIFO',
    (folder) => run('mkfifo', [join(folder, 'pipe')]),
    'pipe: it is neither a file nor a folder; remove it',
  ],
])('a folder with %s is refused', async (_, spoil, message) => {
  const folder = await makeModel({ 'model.json': '{}' });
  await spoil(folder);

  const { code, err } = await runOptml(['model', 'pack', folder], { workingDirectory: folder });

  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(await readdir(folder)).not.toContain('model.tar.gz');
});

test('links to a folder, and links through other links, are links to what is there', async () => {
  const folder = await makeModel({ 'v1/w.bin': 'x', 'model.json': '{}' });
  await symlink('v1/', join(folder, 'current'));
  await symlink('current/w.bin', join(folder, 'weights'));

  const packed = await runOptml(['model', 'pack', folder], { workingDirectory: folder });
  const inspected = await runOptml(['model', 'inspect', 'model.tar.gz'], { workingDirectory: folder });
  // GNU tar writes no entry for a folder that is not named.
  await run('tar', ['-czf', 'bare.tar.gz', 'v1/w.bin', 'current', 'weights', 'model.json'], { cwd: folder });
  const bare = await runOptml(['model', 'inspect', 'bare.tar.gz'], { workingDirectory: folder });

  expect(packed.code).toBe(0);
  expect(inspected.out).toMatch(/\nno findings\n$/);
  expect(bare.out).toMatch(/\nno findings\n$/);
});

test('an archive that is not a file, and an output below a file, are told of', async () => {
  const folder = await makeModel({ 'model/model.json': '{}', 'notes.txt': 'mine' });
  await run('mkfifo', [join(folder, 'pipe')]);

  const pipe = await runOptml(['model', 'inspect', 'pipe'], { workingDirectory: folder });
  const inside = await runOptml(['model', 'inspect', '.'], { workingDirectory: folder });
  const below = await runOptml(['model', 'pack', 'model', '--output', 'model/model.json/m.tar.gz'], {
    workingDirectory: folder,
  });
  const over = await runOptml(['model', 'pack', 'model', '--output', 'notes.txt'], {
    workingDirectory: folder,
  });

  expect(pipe.err).toContain(`cannot inspect ${join(folder, 'pipe')}: it is not a file`);
  expect(inside.err).toContain(`cannot inspect ${folder}: it is a folder: pack it first`);
  expect(below.err).toContain(`cannot pack the model: ${join(folder, 'model/model.json/m.tar.gz')}: `);
  expect(over.err).toBe(
    `optml: cannot pack the model: ${join(folder, 'notes.txt')} is a file already, and not an archive: choose another path\n`,
  );
  expect([pipe.code, inside.code, below.code, over.code]).toEqual([1, 1, 1, 1]);
});

test('a folder that is not there, one without files, and one around another are told of', async () => {
  const empty = await makeFolder();
  const nested = await makeModel({ 'export/model.onnx': 'x' });

  const [missing, nothing, wrapped] = await Promise.all([
    runOptml(['model', 'pack'], { workingDirectory: empty }),
    runOptml(['model', 'pack', '.'], { workingDirectory: empty }),
    runOptml(['model', 'pack', '.'], { workingDirectory: nested }),
  ]);

  expect(missing.err).toContain('.optml/ml/model: it does not exist; name the folder of the model');
  expect(nothing.err).toContain('it contains no files');
  expect(wrapped.err).toContain('all files are in export/, and will be at /opt/ml/model/export: pack');
  expect([missing.code, nothing.code, wrapped.code]).toEqual([1, 1, 0]);
});

const whole = gzipSync(await tar(file('model.json', 'y'.repeat(5000)), file('weights.bin')), { level: 0 });
const changed = Buffer.from(whole);
changed[700] = (changed[700] ?? 0) ^ 0xff;

test.each<[string, Uint8Array, string, string, 0 | 1]>([
  [
    'a zip under another name',
    Buffer.from('PK\u0003\u0004rest'),
    'NOT_GZIP',
    'it is a zip archive under another name',
    1,
  ],
  [
    'a tar that is not compressed',
    await tar(file('a')),
    'NOT_GZIP',
    'it is a tar archive that was not compressed',
    1,
  ],
  ['no bytes', new Uint8Array(), 'NOT_GZIP', 'it has no bytes', 1],
  [
    'a single compressed file',
    gzipSync('a pickled model, 512 bytes or more'.repeat(40)),
    'NOT_TAR',
    'what is compressed in it is not a tar archive',
    1,
  ],
  ['a gzip that is cut off', whole.subarray(0, 3000), 'TRUNCATED', 'it is cut off', 1],
  [
    'a tar that is cut off',
    gzipSync((await tar(file('a'), file('b', 'z'.repeat(2000)))).subarray(0, 2000)),
    'TRUNCATED',
    'it ends inside "b"',
    1,
  ],
  ['changed bytes', changed, 'DAMAGED', 'its bytes were changed', 1],
  [
    'no file',
    gzipSync(await tar({ path: 'a', type: 'directory', mode: 0o755, size: 0 })),
    'EMPTY',
    'it contains no files',
    1,
  ],
  [
    'an absolute name',
    gzipSync(await tar(file('a'), file('/etc/passwd'))),
    'ABSOLUTE_NAME',
    'an entry has an absolute name',
    1,
  ],
  [
    'a name that leads out',
    gzipSync(await tar(file('a'), file('b/../../c'))),
    'NAME_LEAVES',
    'leads out of the model folder',
    1,
  ],
  [
    'a link that leads out',
    gzipSync(await tar(file('a'), link('b/c', '../../etc'))),
    'LINK_LEAVES',
    'it leads to "../../etc"',
    1,
  ],
  [
    'an absolute link',
    gzipSync(await tar(file('a'), link('c', '/opt/models/x'))),
    'LINK_LEAVES',
    'it leads to "/opt/models/x"',
    1,
  ],
  [
    'names of Windows',
    gzipSync(await tar(file('model\\weights.bin'))),
    'BACKSLASH_NAME',
    'a name has a backslash',
    1,
  ],
  [
    'a link to nothing',
    gzipSync(await tar(file('a'), link('b', 'gone'))),
    'LINK_DANGLING',
    'it leads to "gone"',
    0,
  ],
  ['a name twice', gzipSync(await tar(file('a'), file('./a'))), 'DUPLICATE', 'the later one wins', 0],
  [
    'files of macOS',
    gzipSync(await tar(file('._a'), file('a'))),
    'DESKTOP_FILE',
    'files of macOS or Windows',
    0,
  ],
  [
    'one top folder',
    gzipSync(await tar(file('model/a'), file('model/b/c'), file('code/x.py'))),
    'TOP_FOLDER',
    'all files are in one folder',
    0,
  ],
  [
    'two top folders',
    gzipSync(await tar(file('one/a'), file('two/b'))),
    'SEVERAL_TOP_FOLDERS',
    'one/ two/',
    0,
  ],
  [
    '10,000 files',
    gzipSync(await tar(...Array.from({ length: 10_000 }, (_, index) => file(`f${index}`)))),
    'MANY_FILES',
    '10000 files',
    0,
  ],
])('an archive with %s is told of', async (_, bytes, wanted, message, exitCode) => {
  const { code, findings, codes } = await inspect(bytes);

  expect({ code, codes }).toEqual({ code: exitCode, codes: [wanted] });
  expect(findings[0]?.message).toContain(message);
});

test('of many names at the top people are told ten', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `f${index + 10}`);
  const folder = await makeFolder();
  await writeFile(join(folder, 'm.tar.gz'), gzipSync(await tar(...names.map((name) => file(name)))));

  const { out } = await runOptml(['model', 'inspect', 'm.tar.gz'], { workingDirectory: folder });

  expect(out).toMatch(/; at the top: f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 \.\.\.\nno findings\n$/);
});

test('several findings come together, each once with its count, for people too', async () => {
  const bytes = gzipSync(await tar(file('._a'), file('._b'), file('m/a'), link('m/l', '/x')));
  const folder = await makeFolder();
  await writeFile(join(folder, 'm.tar.gz'), bytes);

  const { code, out, err } = await runOptml(['model', 'inspect', 'm.tar.gz'], { workingDirectory: folder });

  expect(code).toBe(1);
  expect(out.split('\n').slice(1, -1)).toEqual([
    'error LINK_LEAVES: a link leads out of the model folder: it leads to "/x" (m/l); put the file itself in place of the link (tar --dereference)',
    expect.stringMatching(/^warning DESKTOP_FILE: .* \(\._a, and 1 more\); /),
    expect.stringMatching(/^warning TOP_FOLDER: all files are in one folder \(m\/\); /),
  ]);
  expect(err).toContain(`SageMaker would not take ${join(folder, 'm.tar.gz')} as it is: LINK_LEAVES`);
});

test('an archive of tar with ./ before its names has no findings, and one that is missing is told of', async () => {
  const folder = await makeModel({ 'in/model.json': '{}', 'in/sub/w.bin': 'w' });
  await run('tar', ['-czf', join(folder, 'm.tar.gz'), '-C', join(folder, 'in'), '.']);

  const good = await runOptml(['model', 'inspect', 'm.tar.gz'], { workingDirectory: folder });
  const missing = await runOptml(['model', 'inspect', 'gone.tar.gz'], { workingDirectory: folder });

  expect(good.out).toContain('at the top: model.json sub/\nno findings\n');
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('gone.tar.gz: it does not exist') });
});
