import { rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { recordIoCodec, recordIoProtobufCodec } from '@optml/codecs';
import { describe, expect, test } from 'vitest';
import {
  collect,
  type Entry,
  locate,
  open,
  openOne,
  useChannelTree,
  write,
} from '../../test/channel-tree.ts';
import { makeFifo } from '../../test/feed-channel.ts';
import type { Channel } from './channel.ts';
import type { ChannelDeclaration } from './channel-declaration.ts';

useChannelTree();

describe('a channel of files', () => {
  test('gives every format of every file, in the order of their names, as often as it is asked', async () => {
    await write('training/b.csv', '3,c\n');
    await write('training/a/a.csv', '1,a\r\n2,"b\nb"');
    await write('training/empty.csv', '');
    const channel = await openOne();

    const rows = await collect(channel.csv());

    expect(rows.map(({ file, line, cells }) => [file, line, cells])).toEqual([
      ['training/a/a.csv', 1, ['1', 'a']],
      ['training/a/a.csv', 2, ['2', 'b\nb']],
      ['training/b.csv', 1, ['3', 'c']],
    ]);
    expect(await collect(channel.lines())).toEqual(['1,a', '2,"b', 'b"', '3,c']);
    expect(Buffer.concat(await collect(channel.bytes())).toString()).toBe('1,a\r\n2,"b\nb"3,c\n');
    expect(await collect(channel.csv())).toHaveLength(3);
  });

  test('reads JSON lines, RecordIO and protobuf', async () => {
    const record = { features: { values: { values: Float32Array.of(5.1, 3.5) } }, label: {} };
    await write('json/a.jsonl', '{"a":1}\n[2]\n');
    await write('records/a.rec', recordIoCodec.encode([Uint8Array.of(1, 2, 3), new Uint8Array()]));
    await write('tensors/a.rec', recordIoProtobufCodec.encode([record]));
    const { channels } = await open(
      { json: {}, records: {}, tensors: {} },
      { json: {}, records: {}, tensors: {} },
    );

    expect(await collect((channels.json as Channel).jsonLines())).toEqual([{ a: 1 }, [2]]);
    expect((await collect((channels.records as Channel).recordIo())).map((bytes) => [...bytes])).toEqual([
      [1, 2, 3],
      [],
    ]);
    expect(await collect((channels.tensors as Channel).recordIoProtobuf())).toEqual([record]);
  });

  test('reads numbers in JSON that a double cannot hold as text where that is asked for', async () => {
    await write('training/a.jsonl', '{"id":9007199254740993,"a":[1e-400,5]}\n');
    const channel = await openOne();

    expect(await collect(channel.jsonLines({ lossyNumbers: 'text' }))).toEqual([
      { id: '9007199254740993', a: ['1e-400', 5] },
    ]);
  });

  test('gives the digits of an augmented manifest as they are', async () => {
    await write('training/a.manifest', '{"id":9007199254740993,"box":{"id":12345678901234567890,"x":0.5}}\n');

    const [example] = await collect((await openOne()).examples(['id', 'box']));

    expect(String(example?.id)).toBe('9007199254740993');
    expect(String(example?.box)).toBe('{"id":12345678901234567890,"x":0.5}');
  });

  test('leaves out what cannot be read as a file, and follows links to files', async () => {
    const file = await write('training/a.txt', 'a');
    await write('elsewhere/b.txt', 'b');
    makeFifo(join(dirname(file), 'fifo'));
    await symlink(locate('elsewhere'), join(dirname(file), 'folder'));
    await symlink(locate('elsewhere/b.txt'), join(dirname(file), 'link.txt'));
    await symlink('/nowhere', join(dirname(file), 'broken'));

    expect(await collect((await openOne()).lines())).toEqual(['a', 'b']);
  });

  test('is never the manifest that the platform leaves beside it', async () => {
    await write('training/a.txt', 'a');
    await write('training-manifest', 's3://bucket/prefix/\ns3://bucket/prefix/a.txt\n');

    const { channels, problems } = await open({ training: {}, 'training-manifest': {} }, { training: {} });

    expect(Object.keys(channels)).toEqual(['training']);
    expect(problems).toEqual([expect.objectContaining({ code: 'CHANNEL_MISSING' })]);
    expect(await (channels.training as Channel).files()).toEqual([locate('training/a.txt')]);
  });
});

describe('a channel that may be compressed', () => {
  const gzip: ChannelDeclaration = { compression: 'Gzip' };

  test('reads compressed files, those of several members, and plain ones', async () => {
    await write('training/a.gz', gzipSync('1\n2\n'));
    await write('training/b.gz', Buffer.concat([gzipSync('3\n'), gzipSync('4\n')]));
    await write('training/c.txt', '5\n');
    await write('training/d', '6');
    await write('training/e', '');

    expect(await collect((await openOne(gzip)).lines())).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('can be left early', async () => {
    await write('training/a.gz', gzipSync('line\n'.repeat(100_000)));
    const channel = await openOne(gzip);

    for await (const line of channel.lines()) {
      expect(line).toBe('line');
      break;
    }

    expect((await collect(channel.lines())).length).toBe(100_000);
  });

  test('names the file that was cut in half, or damaged, and the place', async () => {
    const whole = gzipSync(Buffer.from(Array.from({ length: 5_000 }, (_, index) => index * 7919)));
    const half = whole.subarray(0, whole.length / 2);
    await write('training/half.gz', half);
    const channel = await openOne(gzip);

    await expect(collect(channel.lines())).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: `training/half.gz: its gzip data is cut off before compressed byte ${half.length}: upload it again`,
    });

    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 40, 60);
    await write('training/half.gz', damaged);
    await expect(collect(channel.bytes())).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(
        /^training\/half\.gz: its gzip data is damaged \(.+\) before compressed byte \d+/,
      ),
    });
  });
});

describe('numeric CSV', () => {
  const toRows = (matrices: readonly { rows: number; columns: number; values: ArrayLike<number> }[]) =>
    matrices.flatMap(({ rows, columns, values }) =>
      Array.from({ length: rows }, (_, row) => Array.from(values).slice(row * columns, (row + 1) * columns)),
    );

  test('of every file is read into matrices', async () => {
    await write('training/a.csv', 'x,1,2\ny,3,4\nz,5,6\n');
    await write('training/b.csv', 'w,7\n');
    const channel = await openOne();

    const matrices = await collect(
      channel.numericCsv({ textLabel: true, type: Float32Array, rowsPerMatrix: 2 }),
    );

    expect(matrices).toEqual([
      { rows: 2, columns: 2, values: Float32Array.of(1, 2, 3, 4), labels: ['x', 'y'] },
      { rows: 1, columns: 2, values: Float32Array.of(5, 6), labels: ['z'] },
      { rows: 1, columns: 1, values: Float32Array.of(7), labels: ['w'] },
    ]);
  });

  test('comes shuffled and divided row by row, as every other format', async () => {
    await write('training/a.csv', Array.from({ length: 300 }, (_, row) => `${row},${row / 2}\n`).join(''));
    await write('training/b.csv', '1,2,3\n');
    const channel = await openOne();
    const arranged = channel.shuffled({ seed: 3, bufferRecords: 50 }).shard({ rank: 1, hosts: ['a', 'b'] });

    const matrices = await collect(arranged.numericCsv({ rowsPerMatrix: 7 }));

    const rows = (await collect(arranged.csv())).map((row) => row.numbers(0));
    expect(toRows(matrices)).toEqual(rows);
    expect(matrices[0]).toMatchObject({ rows: 7, columns: 2 });
    const inOrder = await collect(channel.shuffled({ seed: 1, bufferRecords: 1 }).numericCsv());
    expect(inOrder.map(({ rows: count, columns }) => [count, columns])).toEqual([
      [300, 2],
      [1, 3],
    ]);
  });

  test('names file, line and column of what is not a number', async () => {
    await write('training/a.csv', '1,2\n3,x\n');

    await expect(collect((await openOne()).numericCsv())).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(/^training\/a\.csv: .*line 2, column 2 holds "x"/),
    });
  });
});

describe('bad data', () => {
  const record = recordIoCodec.encode([new Uint8Array(40), new Uint8Array(40)]);
  const claiming4Gb = Buffer.from(record.slice(0, 48));
  claiming4Gb.writeUInt32LE(0x1f_ff_ff_ff, 4);

  test.each<
    [string, keyof Channel & ('csv' | 'lines' | 'jsonLines' | 'recordIo'), string | Uint8Array, RegExp]
  >([
    ['RecordIO that is cut off', 'recordIo', record.slice(0, 70), /^training\/x: .*record 1.*byte 48/],
    ['RecordIO without its magic', 'recordIo', Buffer.alloc(64, 1), /^training\/x: .*record 0.*byte 0/],
    [
      'a record that claims more than there can be',
      'recordIo',
      claiming4Gb,
      /^training\/x: .*536870911 bytes/,
    ],
    ['an unclosed quote at the end', 'csv', `${'1,2\n'.repeat(9_999)}3,"4\n5`, /^training\/x: .*line 10000/],
    ['CSV that is not UTF-8', 'csv', Buffer.from('a,b\nc,\xff\n', 'latin1'), /^training\/x: .*byte 6/],
    [
      'text that is not UTF-8',
      'lines',
      Buffer.from('a\nb\xff\n', 'latin1'),
      /^training\/x: line 2, which begins at byte 2,/,
    ],
    ['invalid JSON', 'jsonLines', '{}\n{"a":\n', /^training\/x: .*line 2/],
    [
      'a whole number above 2^53',
      'jsonLines',
      '{"id":9007199254740992}\n{"id":9007199254740993}\n',
      /^training\/x: .*line 2, column 7: 9007199254740993 would .* or read it with jsonLines\({ lossyNumbers: 'text' }\)$/,
    ],
    [
      'an overflow',
      'jsonLines',
      '[1, -1e999]',
      /^training\/x: .*line 1, column 5: -1e999 would be read as -Infinity/,
    ],
    [
      'a line without end',
      'lines',
      Buffer.alloc(17 * 2 ** 20, 97),
      /^training\/x: line 1, .* is longer than 16777216 bytes/,
    ],
  ])('%s names the file and the place', async (_what, format, content, message) => {
    await write('training/x', content);
    const channel = await openOne();

    await expect(collect<unknown>(channel[format]())).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('that the system cannot read names the file and the byte', async () => {
    const file = await write('training/x', 'a');
    const channel = await openOne();
    const files = await channel.files();
    await rm(file);
    await symlink('/proc/self/mem', file);

    expect(files).toEqual([file]);
    await expect(collect(channel.bytes())).rejects.toMatchObject({
      code: 'DATA_UNREADABLE',
      message: 'training/x: reading failed at byte 0: EIO',
    });
  });
});

describe('records in another order', () => {
  const lines = Array.from({ length: 500 }, (_, index) => String(index));

  test('are the same records, in an order that the seed alone decides', async () => {
    await write('training/a', lines.join('\n'));
    const channel = await openOne();
    const read = (seed: number, bufferRecords?: number) =>
      collect(channel.shuffled(bufferRecords === undefined ? { seed } : { seed, bufferRecords }).lines());

    const first = await read(1);

    expect(first).not.toEqual(lines);
    expect([...first].sort()).toEqual([...lines].sort());
    expect(await read(1)).toEqual(first);
    expect(await read(2)).not.toEqual(first);
    expect(await read(1, 1)).toEqual(lines);
    const near = await read(1, 10);
    expect(near.every((line, place) => Number(line) <= place + 10)).toBe(true);
  });

  test.each([
    [{ seed: -1 }, 'seed -1'],
    [{ seed: 1.5 }, 'seed 1.5'],
    [{ seed: 1, bufferRecords: 0 }, 'bufferRecords 0'],
  ])('are refused for %j', async (options, message) => {
    await write('training/a', 'x');
    const channel = await openOne();

    expect(() => channel.shuffled(options)).toThrow(`cannot shuffle with ${message}`);
  });
});

describe('records for one host of several', () => {
  const cluster = (rank: number) => ({ rank, hosts: ['a', 'b', 'c'] });

  test('are every third of data that all three have, shuffled or not', async () => {
    await write('training/a', '0\n1\n2\n3\n4\n');
    await write('training/b', '5\n6\n7\n');
    const channel = await openOne();
    const shards = await Promise.all([0, 1, 2].map((rank) => collect(channel.shard(cluster(rank)).lines())));
    const shuffled = await Promise.all(
      [0, 1, 2].map((rank) => collect(channel.shuffled({ seed: 1 }).shard(cluster(rank)).lines())),
    );

    expect(shards).toEqual([
      ['0', '3', '6'],
      ['1', '4', '7'],
      ['2', '5'],
    ]);
    expect(shuffled.flat().sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  test('are all of them where the platform has divided the data', async () => {
    await write('training/a', '0\n1\n');
    const channel = await openOne({}, { S3DistributionType: 'ShardedByS3Key' });

    expect(await collect(channel.shard(cluster(1)).lines())).toEqual(['0', '1']);
  });
});

describe('what a job gives', () => {
  test.each<[string, ChannelDeclaration, Record<string, Entry>, string]>([
    [
      'a mode that is not read',
      { modes: ['File', 'FastFile'] },
      { training: { TrainingInputMode: 'Pipe' } },
      'is in Pipe mode: expected File or FastFile',
    ],
    [
      'a name like that of a FIFO',
      {},
      { training: { TrainingInputMode: 'Pipe' }, training_1: {} },
      'is in Pipe mode, and channel training_1 is named like one of its FIFOs',
    ],
    [
      'another content type',
      { contentTypes: ['text/csv'] },
      { training: { ContentType: 'image/png' } },
      'has content type "image/png": expected text/csv',
    ],
    ['nothing', {}, { training: {} }, 'has no files in'],
    ['no such channel', {}, { trainin: {} }, 'rename its channel trainin to training'],
  ])('%s is a problem', async (_what, declaration, config, message) => {
    const { problems } = await open({ training: declaration }, config);

    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  test('may be an empty shard, or nothing for a channel that is optional', async () => {
    const { channels, problems } = await open(
      { a: {}, b: { required: false }, c: { required: false } },
      { a: { S3DistributionType: 'ShardedByS3Key' }, b: {} },
    );

    expect(problems).toEqual([]);
    expect(await collect((channels.a as Channel).lines())).toEqual([]);
    expect(Object.keys(channels)).toEqual(['a', 'b']);
  });

  test('in Pipe mode has no files to list, and says so', async () => {
    const channel = await openOne({}, { TrainingInputMode: 'Pipe' });

    await expect(channel.files()).rejects.toMatchObject({
      code: 'CHANNEL_MODE_UNSUPPORTED',
      message: expect.stringContaining("declare modes: ['File', 'FastFile']"),
    });
    expect(() => channel.examples(['a'])).toThrow('set RecordWrapperType to RecordIO');
  });
});
