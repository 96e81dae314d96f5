import { describe, expect, test } from 'vitest';
import { collect, type Entry, open, openOne, useChannelTree, write } from '../../test/channel-tree.ts';
import type { Channel } from './channel.ts';

useChannelTree();

/** Each file holds its own path. */
async function writeFiles(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await write(`training/${path}`, path);
}

const writeManifest = (...lines: readonly object[]) =>
  write('training/train.manifest', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** References only. */
const refer = (...uris: readonly string[]) => writeManifest(...uris.map((uri) => ({ 'source-ref': uri })));

async function readFiles(entry?: Entry): Promise<readonly string[]> {
  const examples = await collect((await openOne({}, entry)).examples(['source-ref']));
  return examples.map((example) => String(example['source-ref']));
}

describe('an augmented manifest in File form', () => {
  test('gives the named attributes of each line, and the objects that it refers to', async () => {
    await writeManifest(
      { 'source-ref': 's3://b/p/img/1.jpg', class: 1, box: [1] },
      { class: 'x', 'source-ref': 's3://b/p/2.jpg' },
      { class: { a: 1 }, 'source-ref': 's3://b/p/img/1.jpg' },
    );
    await writeFiles('img/1.jpg', '2.jpg');

    const examples = await collect((await openOne()).examples(['source-ref', 'class']));

    expect(examples.map((example) => [String(example['source-ref']), String(example.class)])).toEqual([
      ['img/1.jpg', '1'],
      ['2.jpg', 'x'],
      ['img/1.jpg', '{"a":1}'],
    ]);
  });

  test.each([
    ['{"class":1}\n{"source-ref":"s3://b/3.jpg"}', 'class', 'training/m.jsonl: example 2 has no class'],
    [
      '{"source-ref":null}',
      'source-ref',
      'training/m.jsonl: example 1 has null as source-ref: expected the S3 URI',
    ],
    ['[1', 'class', 'training/m.jsonl: '],
  ])('names the manifest and the example of %j', async (manifest, attribute, message) => {
    await write('training/m.jsonl', manifest);

    await expect(collect((await openOne()).examples([attribute]))).rejects.toThrow(message);
  });

  test('is asked for where a channel has files and no manifest', async () => {
    await writeFiles('1.jpg', 'train.json');

    await expect(readFiles()).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message:
        'channel training has no manifest among its files: give it a name that ends in .manifest, .jsonl or .jsonlines',
    });
    expect(await readFiles({ S3DistributionType: 'ShardedByS3Key' })).toEqual([]);
  });
});

describe('a reference', () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      'of a name that other folders have, too',
      ['cats/1.jpg', 'dogs/1.jpg', '1.jpg'],
      ['s3://b/p/cats/1.jpg', 's3://b/p/dogs/1.jpg', 's3://b/p/1.jpg'],
      ['cats/1.jpg', 'dogs/1.jpg', '1.jpg'],
    ],
    [
      "whose folder is called as the prefix's",
      ['p/1.jpg', 'p/p/1.jpg', '1.jpg'],
      ['s3://b/p/1.jpg', 's3://b/p/p/1.jpg', 's3://b/p/p/p/1.jpg'],
      ['1.jpg', 'p/1.jpg', 'p/p/1.jpg'],
    ],
    ['that comes twice', ['1.jpg'], ['s3://b/1.jpg', 's3://b/1.jpg'], ['1.jpg', '1.jpg']],
    ['whose whole key is kept', ['p/q/1.jpg'], ['s3://b/p/q/1.jpg'], ['p/q/1.jpg']],
    [
      'whose key looks URL-encoded',
      ['a%20b.jpg', 'a b.jpg', 'a+b.jpg'],
      ['s3://b/a b.jpg', 's3://b/a%20b.jpg', 's3://b/a+b.jpg'],
      ['a b.jpg', 'a%20b.jpg', 'a+b.jpg'],
    ],
    ['to a file that is not read as data', ['.hidden/1.jpg'], ['s3://b/.hidden/1.jpg'], ['.hidden/1.jpg']],
    [
      'of another folder whose file has a name of its own',
      ['1.jpg', '2.jpg'],
      ['s3://b/cats/1.jpg', 's3://b/dogs/2.jpg', 's3://b/cats/1.jpg'],
      ['1.jpg', '2.jpg', '1.jpg'],
    ],
    ['without a scheme', ['cats/1.jpg'], ['cats/1.jpg'], ['cats/1.jpg']],
    ['below a key that begins with a slash', ['1.jpg'], ['s3://b//1.jpg'], ['1.jpg']],
  ])('%s gets its own object', async (_what, files, references, expected) => {
    await writeFiles(...files);
    await refer(...references);

    expect(await readFiles()).toEqual(expected);
  });

  test.each<[string, readonly string[], readonly string[], RegExp]>([
    [
      'two of one name, of which there is one file',
      ['1.jpg'],
      ['s3://b/cats/1.jpg', 's3://b/dogs/1.jpg'],
      /example 2 refers to s3:\/\/b\/dogs\/1\.jpg, and another example to s3:\/\/b\/cats\/1\.jpg, but both match one file of the channel, 1\.jpg: /,
    ],
    [
      'two of one name in two buckets',
      ['p/1.jpg'],
      ['s3://a/p/1.jpg', 's3://b/p/1.jpg'],
      /example 2 refers to s3:\/\/b\/p\/1\.jpg, and another example to s3:\/\/a\/p\/1\.jpg, .* p\/1\.jpg: /,
    ],
    [
      'one whose folder is there, and another whose file could be anything',
      ['cats/1.jpg', '1.jpg'],
      ['s3://b/cats/1.jpg', 's3://b/dogs/1.jpg'],
      /example [12] refers to s3:\/\/b\/(cats|dogs)\/1\.jpg, /,
    ],
    [
      'one that could be two files',
      ['cats/1.jpg', '1.jpg'],
      ['s3://b/cats/1.jpg'],
      /example 1 refers to s3:\/\/b\/cats\/1\.jpg, which matches cats\/1\.jpg or 1\.jpg in the channel: /,
    ],
    [
      'one without a file',
      ['1.jpg'],
      ['s3://b/1.jpg', 's3://b/p/3.jpg'],
      /example 2 refers to s3:\/\/b\/p\/3\.jpg, which the channel does not contain: store what the manifest refers to below/,
    ],
    [
      'one without a file among folders that have lost their prefixes',
      ['1.jpg', '2.jpg'],
      ['s3://b/x/1.jpg', 's3://b/y/2.jpg', 's3://b/z/3.jpg'],
      /example 3 refers to s3:\/\/b\/z\/3\.jpg, which the channel does not contain/,
    ],
    [
      'one that is URL-encoded',
      ['a b.jpg'],
      ['s3://b/a%20b.jpg'],
      /which the channel does not contain: it contains a b\.jpg; write the key into the manifest as it is, not URL-encoded/,
    ],
    [
      'a folder',
      ['a/b'],
      ['s3://b/a'],
      /example 1 refers to s3:\/\/b\/a, which the channel does not contain/,
    ],
    [
      'a path out of the channel',
      ['1.jpg'],
      ['s3://b/1.jpg', 's3://b/../training-x'],
      /example 2 refers to s3:\/\/b\/..\/training-x, which the channel/,
    ],
    ['nothing', ['1.jpg'], ['s3://b/'], /example 1 refers to s3:\/\/b\/, which the channel/],
    ['a NUL', ['1.jpg'], ['s3://b/1.jpg\0'], /which the channel does not contain/],
  ])('is refused: %s', async (_what, files, references, words) => {
    await writeFiles(...files);
    await write('training-x', 'not of this channel');
    await refer(...references);

    const reading = readFiles();

    await expect(reading).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(new RegExp(`^training/train\\.manifest: .*${words.source}`)),
    });
  });

  test('is refused before any example is given, in another attribute and manifest, too', async () => {
    await writeFiles('1.png');
    await write('training/a.manifest', '{"source-ref":"s3://b/img/1.png","mask-ref":"s3://b/img/1.png"}\n');
    await write('training/b.manifest', '{"source-ref":"s3://b/img/1.png","mask-ref":"s3://b/mask/1.png"}\n');
    const channel = await openOne();

    await expect(channel.examples(['source-ref', 'mask-ref']).next()).rejects.toThrow(
      'training/b.manifest: example 1 refers to s3://b/mask/1.png, and another example to s3://b/img/1.png',
    );
    expect(await collect(channel.examples(['source-ref']))).toHaveLength(2);
  });

  test('to an object of another host says how to have all objects on each', async () => {
    await writeFiles('1.jpg');
    await refer('s3://b/1.jpg', 's3://b/2.jpg');

    await expect(readFiles({ S3DistributionType: 'ShardedByS3Key' })).rejects.toThrow(
      'with ShardedByS3Key a host has only some of the objects: use FullyReplicated, and divide its examples with shard(cluster)',
    );
    await writeFiles('2.jpg');
    const channel = await openOne();
    expect(
      await collect(channel.shard({ rank: 1, hosts: ['a', 'b'] }).examples(['source-ref'])),
    ).toHaveLength(1);
  });
});

describe('an augmented manifest in Pipe form', () => {
  const openWith = async (s3DataSource: object) => {
    const { channels } = await open(
      { training: {} },
      { training: { TrainingInputMode: 'Pipe', RecordWrapperType: 'RecordIO' } },
      { channels: { training: { s3DataSource } } },
    );
    return channels.training as Channel;
  };

  test.each([[['class', 'source-ref']], [['source-ref']], [['source-ref', 'label']]])(
    'refuses %j where the job says that it is source-ref and class',
    async (asked) => {
      const channel = await openWith({ attributeNames: ['source-ref', 'class'] });

      expect(() => channel.examples(asked)).toThrow(
        `channel training: cannot read examples of ${asked.join(', ')}: the job's AttributeNames are source-ref, class; ask for these, in this order`,
      );
      expect(() => channel.examples(['source-ref', 'class'])).not.toThrow();
    },
  );

  test.each([{ attributeNames: null }, { attributeNames: [] }, { attributeNames: 'x' }, {}])(
    'takes any where the job says %j',
    async (source) => {
      const channel = await openWith(source);

      expect(() => channel.examples(['a'])).not.toThrow();
    },
  );
});
