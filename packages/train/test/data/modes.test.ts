/** The same records in every mode. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { recordIoCodec, recordIoProtobufCodec } from '@optml/codecs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endFeeders, feedChannel } from '../feed-channel.ts';
import { train } from '../train-story.ts';

afterEach(endFeeders);

type Objects = Readonly<Record<string, Uint8Array>>;

const rows = (from: number) =>
  Buffer.from(Array.from({ length: 2_000 }, (_, index) => `${from + index},"a ""${index}""",ü\n`).join(''));
const text: Objects = { 'a.csv': rows(0), 'b/c.csv': rows(5_000), 'd.csv': Buffer.from('1,2,3\n') };
const numbers: Objects = { 'a.csv': Buffer.from('x,1,2.5\ny,-3e2,4\n'), 'b.csv': Buffer.from('z,5,6\n') };
const json: Objects = { 'a.jsonl': Buffer.from('{"a":1}\n{"a":[2]}\n'), 'b.jsonl': Buffer.from('null\n') };
const record = (size: number) => new Uint8Array(size).map((_, index) => index % 251);
const records: Objects = {
  'a.rec': recordIoCodec.encode([record(3), record(100_000), Uint8Array.of(10, 0x23, 0xd7, 0xce)]),
  'b.rec': recordIoCodec.encode([record(0), Buffer.from('0a23d7ce', 'hex')]),
};
const tensor = (value: number) => ({
  features: { values: { values: Float32Array.of(value, 0.5) } },
  label: { values: { values: Float64Array.of(value) } },
});
const tensors: Objects = {
  'a.rec': recordIoProtobufCodec.encode([tensor(1), tensor(2)]),
  'b.rec': recordIoProtobufCodec.encode([tensor(3)]),
};
const channels: Readonly<Record<string, Objects>> = {
  bytes: text,
  lines: text,
  csv: text,
  numericCsv: numbers,
  jsonLines: json,
  recordIo: records,
  recordIoProtobuf: tensors,
  shuffled: text,
  shard: text,
};
const names = Object.keys(channels);
/** With the platform's wrapper these read the wrapper itself. */
const unwrappedNames = names.filter((name) => !name.startsWith('recordIo'));

const configure = (entry: object, chosen = names) => Object.fromEntries(chosen.map((name) => [name, entry]));

async function store(root: string, compress = (content: Uint8Array) => content): Promise<void> {
  for (const [name, objects] of Object.entries(channels)) {
    for (const [path, content] of Object.entries(objects)) {
      const file = join(root, 'input/data', name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, compress(content));
    }
  }
}

/** One epoch of each channel: all of its objects in a row. */
async function feed(root: string, all: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const data = join(root, 'input/data');
  await mkdir(data, { recursive: true });
  for (const [name, content] of Object.entries(all)) {
    const file = join(root, name);
    await writeFile(file, content);
    feedChannel(data, name, [file]);
  }
}

const mapChannels = (change: (objects: readonly Uint8Array[]) => Uint8Array, chosen = names) =>
  Object.fromEntries(chosen.map((name) => [name, change(Object.values(channels[name] as Objects))]));

async function run(story: Parameters<typeof train>[1], chosen = names) {
  const { tree, result } = await train('reads-formats.ts', story);
  expect(result).toEqual({ exitCode: 0 });
  const entries = await Promise.all(
    chosen.map(async (name) => [name, JSON.parse(await tree.model(`${name}.json`))] as const),
  );
  return Object.fromEntries(entries);
}

describe('what a job reads', () => {
  let inFileMode: Readonly<Record<string, unknown>>;

  beforeEach(async () => {
    inFileMode ??= await run({ inputDataConfig: configure({ TrainingInputMode: 'File' }), prepare: store });
  });

  test('in File mode is what was stored', () => {
    const lines = Buffer.concat(Object.values(text)).toString().trimEnd().split('\n');
    expect(inFileMode.bytes).toBe(Buffer.concat(Object.values(text)).toString('base64'));
    expect(inFileMode.lines).toEqual(lines);
    expect(inFileMode.csv).toHaveLength(4_001);
    expect(inFileMode.numericCsv).toEqual([
      ['x', 1, 2.5],
      ['y', -300, 4],
      ['z', 5, 6],
    ]);
    expect(inFileMode.jsonLines).toEqual([{ a: 1 }, { a: [2] }, null]);
    expect(inFileMode.recordIo).toHaveLength(5);
    expect(inFileMode.recordIoProtobuf).toHaveLength(3);
    expect(inFileMode.shuffled).not.toEqual(lines);
    expect(inFileMode.shard).toEqual(lines.filter((_line, index) => index % 2 === 1));
  });

  test('in FastFile mode, from a folder that cannot be written, is the same', async () => {
    const read = await run({
      inputDataConfig: configure({ TrainingInputMode: 'FastFile' }),
      async prepare(root) {
        await store(root);
        for (const name of names) await chmod(join(root, 'input/data', name), 0o555);
      },
    });

    expect(read).toEqual(inFileMode);
  });

  test('from compressed files is the same', async () => {
    const read = await run({
      inputDataConfig: configure({ TrainingInputMode: 'File' }),
      prepare: (root) => store(root, gzipSync),
    });

    expect(read).toEqual(inFileMode);
  });

  test('in Pipe mode is the same', async () => {
    const read = await run({
      inputDataConfig: configure({ TrainingInputMode: 'Pipe' }),
      prepare: (root) =>
        feed(
          root,
          mapChannels((objects) => Buffer.concat(objects)),
        ),
    });

    expect(read).toEqual(inFileMode);
  });

  test('in Pipe mode, compressed and left so, is the same', async () => {
    const read = await run({
      inputDataConfig: configure({ TrainingInputMode: 'Pipe' }),
      prepare: (root) =>
        feed(
          root,
          mapChannels((objects) => Buffer.concat(objects.map((object) => gzipSync(object)))),
        ),
    });

    expect(read).toEqual(inFileMode);
  });

  test("in Pipe mode with the platform's wrapper is the same", async () => {
    const read = await run(
      {
        inputDataConfig: configure(
          { TrainingInputMode: 'Pipe', RecordWrapperType: 'RecordIO' },
          unwrappedNames,
        ),
        prepare: (root) =>
          feed(
            root,
            mapChannels((objects) => recordIoCodec.encode([...objects]), unwrappedNames),
          ),
      },
      unwrappedNames,
    );

    expect(read).toEqual(Object.fromEntries(unwrappedNames.map((name) => [name, inFileMode[name]])));
  });
});

test('an augmented manifest is the same in File form and in Pipe form', async () => {
  const images = { '1.jpg': Buffer.from('one'), '2.jpg': record(50_000) };
  const manifest = '{"image-ref":"s3://b/p/1.jpg","class":0}\n{"image-ref":"s3://b/p/2.jpg","class":"cat"}\n';

  const filed = await run(
    {
      inputDataConfig: { examples: { TrainingInputMode: 'File' } },
      async prepare(root) {
        const folder = join(root, 'input/data/examples');
        await mkdir(folder, { recursive: true });
        for (const [name, content] of Object.entries({ ...images, 'train.manifest': manifest }))
          await writeFile(join(folder, name), content);
      },
    },
    ['examples'],
  );
  const piped = await run(
    {
      inputDataConfig: { examples: { TrainingInputMode: 'Pipe', RecordWrapperType: 'RecordIO' } },
      prepare: (root) =>
        feed(root, {
          examples: recordIoCodec.encode([
            images['1.jpg'],
            Buffer.from('0'),
            images['2.jpg'],
            Buffer.from('cat'),
          ]),
        }),
    },
    ['examples'],
  );

  expect(piped).toEqual(filed);
  expect(filed.examples).toHaveLength(2);
});

test('an augmented manifest whose last example is not whole fails the job with its place', async () => {
  const { tree, result } = await train('reads-formats.ts', {
    inputDataConfig: { examples: { TrainingInputMode: 'Pipe', RecordWrapperType: 'RecordIO' } },
    prepare: (root) => feed(root, { examples: recordIoCodec.encode([record(3), record(1), record(3)]) }),
  });

  expect(result).toMatchObject({ exitCode: 1, code: 'DATA_INVALID' });
  expect(await tree.failure()).toContain(
    "examples_0: ends after 1 of the 2 attributes of example 2: are image-ref, class the job's AttributeNames?",
  );
});
