/** What a message advises is done, and has to help. */

import { gzipSync } from 'node:zlib';
import { recordIoCodec, recordIoProtobufCodec } from '@optml/codecs';
import { describe, expect, test } from 'vitest';
import { collect, open, openOne, useChannelTree, write } from '../../test/channel-tree.ts';
import type { Channel } from './channel.ts';
import type { ChannelDeclaration } from './channel-declaration.ts';
import type { RecordOptions } from './read-records.ts';

useChannelTree();

type Read = (channel: Channel, options?: RecordOptions) => AsyncIterable<unknown>;

const text: Readonly<Record<string, readonly [Read, string, unknown]>> = {
  csv: [(channel, options) => channel.csv(options), 'é,1\n', expect.objectContaining({ cells: ['é', '1'] })],
  lines: [(channel, options) => channel.lines(options), 'é,1\n', 'é,1'],
  jsonLines: [(channel, options) => channel.jsonLines(options), '["é"]\n', ['é']],
  numericCsv: [
    (channel, options) => channel.numericCsv({ ...options, textLabel: true }),
    'é,1\n',
    { rows: 1, columns: 1, values: Float64Array.of(1), labels: ['é'] },
  ],
  examples: [
    (channel, options) => channel.examples(['name'], options),
    '{"name":"é"}\n',
    { name: Buffer.from('é') },
  ],
};
const formats = Object.entries(text);

const records: typeof text = {
  recordIo: [
    (channel) => channel.recordIo(),
    Buffer.from(recordIoCodec.encode([Uint8Array.of(1)])).toString('latin1'),
    Buffer.of(1),
  ],
  recordIoProtobuf: [
    (channel) => channel.recordIoProtobuf(),
    Buffer.from(recordIoProtobufCodec.encode([{ features: {}, label: {} }])).toString('latin1'),
    expect.objectContaining({ features: {}, label: {} }),
  ],
};

async function readMessage(items: AsyncIterable<unknown>): Promise<string> {
  const error = (await collect(items).catch((thrown: unknown) => thrown)) as {
    code: string;
    message: string;
  };
  expect(error).toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringMatching(/^training\/a\.jsonl[: ]/),
  });
  return error.message;
}

describe('text in another charset', () => {
  test.each(formats)('is read by %s when the ContentType names it', async (_name, [read, content, item]) => {
    await write('training/a.jsonl', Buffer.from(content, 'latin1'));

    const message = await readMessage(read(await openOne()));

    expect(message).toMatch(
      /name its charset in the (channel's ContentType|content type), for example text\//,
    );
    const contentType = /for example (.*)$/.exec(message)?.[1] as string;
    expect(await collect(read(await openOne({}, { ContentType: contentType })))).toEqual([item]);
  });

  test.each([
    ['utf-16le', Buffer.from('\ufeffé,1\n', 'utf16le')],
    ['utf-16be', Buffer.from('\ufeffé,1\n', 'utf16le').swap16()],
  ])('is recognised as %s, and is read when it is named', async (charset, content) => {
    await write('training/a.jsonl', content);
    const [read, , item] = text.numericCsv as (typeof formats)[0][1];

    expect(await readMessage(read(await openOne({}, { ContentType: 'text/csv; charset=utf-8' })))).toBe(
      `training/a.jsonl looks like ${charset}: store it as UTF-8, or name its charset in the channel's ContentType, for example text/csv; charset=${charset}`,
    );
    expect(await collect(read(await openOne({}, { ContentType: `text/csv; charset=${charset}` })))).toEqual([
      item,
    ]);
  });

  test('that is not known is told with names that are', async () => {
    await write('training/a.jsonl', 'a\n');
    const channel = await openOne({}, { ContentType: 'text/csv; charset=latin-1' });

    for (const [read] of Object.values(text))
      expect(await readMessage(read(channel))).toContain('the charset "latin-1" is not supported');
    expect(Buffer.concat(await collect(channel.bytes())).toString()).toBe('a\n');
  });

  test.each(['text/csv; charset=iso-8859-1', 'Text/CSV'])(
    'is allowed where a channel that declares %j says it otherwise',
    async (declared) => {
      const declaration: ChannelDeclaration = { required: false, contentTypes: [declared] };

      const { problems } = await open(
        { training: declaration },
        { training: { ContentType: 'text/csv;charset=x' } },
      );

      expect(problems).toEqual([]);
    },
  );
});

describe('a line that is too long', () => {
  test.each(formats)('is read by %s with a higher limit', async (_name, [read, content, item]) => {
    await write('training/a.jsonl', content);
    const channel = await openOne();

    const message = await readMessage(read(channel, { maximumRecordBytes: 3 }));

    expect(message).toMatch(
      /3 bytes.*: ((close its quote or )?end its line|end it earlier|split it), or raise .*maximumRecordBytes/,
    );
    expect(await collect(read(channel, { maximumRecordBytes: Number.POSITIVE_INFINITY }))).toEqual([item]);
  });
});

describe('data that is packed', () => {
  const all = Object.entries({ ...text, ...records });
  const encode = (name: string, content: string) => Buffer.from(content, name in records ? 'latin1' : 'utf8');

  test.each(all)('with gzip is read by %s when that is declared', async (name, [read, content, item]) => {
    await write('training/a.jsonl', gzipSync(encode(name, content)));

    expect(await readMessage(read(await openOne()))).toBe(
      "training/a.jsonl looks like gzip: declare compression: 'Gzip' for the channel, or store it uncompressed",
    );
    expect(await collect(read(await openOne({ compression: 'Gzip' })))).toEqual([item]);
  });

  test.each(all)('twice is read by %s when it is packed once', async (name, [read, content, item]) => {
    const channel = await openOne({ compression: 'Gzip', required: false });
    const once = gzipSync(encode(name, content));
    await write('training/a.jsonl', gzipSync(once));

    expect(await readMessage(read(channel))).toBe(
      'training/a.jsonl looks like gzip: it was compressed twice; compress it once',
    );
    await write('training/a.jsonl', once);
    expect(await collect(read(channel))).toEqual([item]);
  });

  test.each([
    ['zip', Buffer.from('PK\x03\x04\x14\0')],
    ['bzip2', Buffer.from('BZh91AY&SY\0')],
    ['xz', Buffer.from('\xfd7zXZ\0', 'latin1')],
    ['zstd', Buffer.from('28b52ffd04', 'hex')],
  ])('with %s is called that, and its bytes can be read', async (name, content) => {
    await write('training/a.jsonl', content);
    const channel = await openOne();

    for (const [read] of Object.values({ ...text, ...records })) {
      expect(await readMessage(read(channel))).toBe(
        `training/a.jsonl looks like ${name}: store it uncompressed, or as gzip and declare compression: 'Gzip'`,
      );
    }
    expect(Buffer.concat(await collect(channel.bytes()))).toEqual(content);
  });
});

test.each([
  ['NaN', '', { emptyCells: 'NaN' }, Number.NaN],
  ['0x10', '16', {}, 16],
] as const)('a numeric cell of %s is read when it is %j', async (cell, better, options, value) => {
  await write('training/a.jsonl', `1,${cell}\n`);
  const message = await readMessage((await openOne()).numericCsv());

  await write('training/a.jsonl', `1,${better}\n`);
  const [matrix] = await collect((await openOne()).numericCsv(options));

  expect(message).toContain(
    better === '' ? "leave the cell empty, and read empty cells as NaN with emptyCells: 'NaN'" : better,
  );
  expect(matrix?.values).toEqual(Float64Array.of(1, value));
});
