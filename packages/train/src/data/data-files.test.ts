import { symlink } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { recordIoCodec } from '@optml/codecs';
import { describe, expect, test } from 'vitest';
import { collect, locate, logged, open, openOne, useChannelTree, write } from '../../test/channel-tree.ts';

useChannelTree();

/** What jobs were seen to have beside their data. */
const notData = [
  '.DS_Store',
  '._a.csv',
  '.git/objects/00/1',
  '.ipynb_checkpoints/a-checkpoint.csv',
  '.part-0.csv.crc',
  '__MACOSX/._a.csv',
  '__MACOSX/a.csv',
  '_SUCCESS',
  '_committed_1',
  '_common_metadata',
  '_delta_log/00000000000000000000.json',
  '_metadata',
  '_spark_metadata/0',
  '_started_1',
  '_temporary/0/task_1/part-0.csv',
  'a.csv.crc',
  'deep/.ipynb_checkpoints/b-checkpoint.csv',
  'deep/_SUCCESS',
  'deep_$folder$',
  'training.etags_do_not_modify.tmp',
];

/** Names that look much the same, and are somebody's data. */
const data = [
  '_background_noise_/a.csv',
  '_x.csv',
  'a.csv',
  'alone.csv.crc',
  'committed_1',
  'deep/__MACOSX.csv',
  'deep/_SUCCESSES',
  'deep/_metadata.csv',
  'deep/a.b/c.csv',
  'x._SUCCESS',
];

async function writeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await write(`training/${path}`, `${path}\n`);
}

const locateAll = (paths: readonly string[]) => paths.map((path) => locate(`training/${path}`)).sort();

describe('a channel with files that are not data', () => {
  test('reads the data alone, in every format, and says once how many and which it leaves out', async () => {
    await writeAll([...notData, ...data]);
    await symlink(locate('training/a.csv'), locate('training/.hidden-link'));

    const channel = await openOne();

    expect(await channel.files()).toEqual(locateAll(data));
    const lines = [...data].sort();
    expect((await collect(channel.lines())).sort()).toEqual(lines);
    expect((await collect(channel.csv())).map(({ cells }) => cells[0]).sort()).toEqual(lines);
    expect(Buffer.concat(await collect(channel.bytes())).toString()).toHaveLength(
      `${lines.join('\n')}\n`.length,
    );
    expect(logged()).toEqual([
      'channel training skips 21 files that are not data: .DS_Store, ._a.csv, .git/objects/00/1, .hidden-link, .ipynb_checkpoints/a-checkpoint.csv, .part-0.csv.crc, _SUCCESS, __MACOSX/._a.csv, __MACOSX/a.csv, _committed_1 and 11 more; to read all files, declare allFiles: true',
    ]);
  });

  test.each([
    ['numericCsv', '1,2\n', { rows: 1, columns: 2 }],
    ['jsonLines', '{"a":1}\n', { a: 1 }],
    ['recordIo', recordIoCodec.encode([Uint8Array.of(7)]), { length: 1, 0: 7 }],
  ] as const)('does not read them by %s', async (format, content, item) => {
    await write('training/a', content);
    await write('training/.DS_Store', '\0\0\0\x01Bud1');

    const items = await collect<unknown>((await openOne())[format]());

    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject(item);
  });

  test('reads all of them where the author asks for it, and then has nothing to say', async () => {
    await writeAll([...notData, ...data]);

    const channel = await openOne({ allFiles: true });

    expect(await channel.files()).toEqual(locateAll([...notData, ...data]));
    expect(logged()).toEqual([]);
  });

  test.each([{ required: false }, { compression: 'Gzip' as const }])(
    'leaves them out with %j, too',
    async (declaration) => {
      await write('training/a.gz', gzipSync('1\n'));
      await write('training/.DS_Store', 'x');

      const channel = await openOne(declaration, { S3DistributionType: 'ShardedByS3Key' });

      expect(await channel.files()).toEqual([locate('training/a.gz')]);
      expect(logged()).toEqual([expect.stringContaining('skips 1 file that is not data: .DS_Store;')]);
    },
  );

  test('may lie in a folder whose own path looks like one that is not', async () => {
    await write('.hidden/a.csv', '1\n');

    const { channels, problems } = await open({ '.hidden': {} }, { '.hidden': {} });

    expect(problems).toEqual([]);
    expect(await channels['.hidden']?.files()).toEqual([locate('.hidden/a.csv')]);
  });
});

describe('a required channel', () => {
  const writeEmpty = (paths: readonly string[]) =>
    Promise.all(paths.map((path) => write(`training/${path}`, '')));

  test.each([
    [notData.slice(0, 2), [], {}, 'only files that are not read as data (.DS_Store, ._a.csv): '],
    [notData.filter((path) => path !== 'a.csv.crc'), [], {}, '(.DS_Store, ._a.csv, .git/objects/00/1, '],
    [[], ['a.csv', 'deep/b.csv'], {}, 'has only empty files in '],
    [['_committed_1'], ['a.csv'], {}, 'has only empty files in '],
    [[], ['_SUCCESS'], { allFiles: true }, 'has only empty files in '],
  ] as const)('is empty with %j, and %j of 0 bytes', async (filled, empty, declaration, words) => {
    await writeAll(filled);
    await writeEmpty(empty);

    const { problems } = await open({ training: declaration }, { training: {} });

    expect(problems).toEqual([{ code: 'CHANNEL_EMPTY', message: expect.stringContaining(words) }]);
  });

  test.each([
    [notData.slice(0, 2), [], { allFiles: true }],
    [[], ['a.csv'], { required: false }],
    [['z.csv'], ['a.csv', 'b.csv'], {}],
  ] as const)('is not empty with %j, %j of 0 bytes, and %j', async (filled, empty, declaration) => {
    await writeAll(filled);
    await writeEmpty(empty);

    const { problems } = await open({ training: declaration }, { training: {} });

    expect(problems).toEqual([]);
  });
});
