import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endFeeders, feedChannel, makeFifo, startWriter } from '../../test/feed-channel.ts';
import type { DataSource } from './data-source.ts';
import { createEpochCounter } from './epoch-counter.ts';
import { openPipe } from './open-pipe.ts';
import { createPipeSource, type PipeSourceOptions } from './pipe-source.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-pipe-'));
});

afterEach(async () => {
  await endFeeders();
  await rm(directory, { recursive: true });
});

function create(
  options: Partial<PipeSourceOptions> & { readonly runId?: string | undefined } = {},
): DataSource {
  const { channel = 'training', runId } = options;
  return createPipeSource({
    channel,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    isWrapped: false,
    epochs: createEpochCounter(channel, { directory: join(directory, 'state'), runId }),
    resolvePath: (epoch) => join(directory, `${channel}_${epoch}`),
    ...options,
  });
}

async function* readBytes(source: DataSource): AsyncGenerator<Uint8Array> {
  for await (const part of source.parts()) yield* part.bytes;
}

async function readText(source: DataSource): Promise<string> {
  let text = '';
  for await (const chunk of readBytes(source)) text += Buffer.from(chunk).toString('latin1');
  return text;
}

async function writeFiles(contents: readonly string[]): Promise<readonly string[]> {
  const files = contents.map((_content, index) => join(directory, `file-${index}`));
  await Promise.all(contents.map((content, index) => writeFile(files[index] as string, content)));
  return files;
}

describe('epochs', () => {
  test('are read one by one, each from its own FIFO, for which it waits', async () => {
    const source = create();
    const files = await writeFiles(['first', 'second', 'x'.repeat(300_000)]);

    const first = readText(source);
    feedChannel(directory, 'training', files);

    expect(await first).toBe('first');
    expect(await readText(source)).toBe('second');
    expect(await readText(source)).toHaveLength(300_000);
  });

  test('can be left early: the writer is told, and the next one begins at its beginning', async () => {
    const source = create();
    const feeder = feedChannel(directory, 'training', await writeFiles(['a'.repeat(5_000_000), 'second']));

    for await (const chunk of readBytes(source)) {
      expect(chunk[0]).toBe(97);
      break;
    }

    expect(await readText(source)).toBe('second');
    if (feeder.exitCode === null) await once(feeder, 'exit');
    expect(feeder.exitCode).toBe(0);
  });

  test('are left also when their bytes were never asked for', async () => {
    const source = create();
    feedChannel(directory, 'training', await writeFiles(['a'.repeat(5_000_000), 'second']));

    for await (const part of source.parts()) expect(part.name).toBe('training_0');

    expect(await readText(source)).toBe('second');
  });

  test('that are left before their writer has come wait for it, which would wait for ever', async () => {
    const source = create();
    const fifo = makeFifo(join(directory, 'training_0'));
    const leave = async () => {
      for await (const part of source.parts()) expect(part.name).toBe('training_0');
    };

    const left = leave();
    await Promise.race([left, wait(100)]);
    const writer = startWriter('echo late > "$0"', fifo);
    const [[exitCode]] = await Promise.all([once(writer, 'exit'), left]);

    expect(exitCode).toBe(0);
  });

  test('cannot be read two at a time', async () => {
    const source = create();
    feedChannel(directory, 'training', await writeFiles(['first', 'second']));
    const loop = readBytes(source);
    await loop.next();

    await expect(readText(source)).rejects.toMatchObject({ code: 'CHANNEL_IN_USE' });

    await loop.return(undefined);
    expect(await readText(source)).toBe('second');
  });

  test('are counted on by the next process of the same run, and from 0 by the next run', async () => {
    const files = await writeFiles(['first', 'second']);
    feedChannel(directory, 'training', files);
    await readText(create({ runId: 'run 1' }));

    expect(await readText(create({ runId: 'run 1' }))).toBe('second');

    for (const name of await readdir(directory))
      if (name.startsWith('training_')) await rm(join(directory, name));
    feedChannel(directory, 'training', files);
    expect(await readText(create({ runId: 'run 2' }))).toBe('first');
  });
});

describe('a FIFO without a writer', () => {
  test('takes no thread: files can be read while eight of them are waited for', async () => {
    const controller = new AbortController();
    const channels = Array.from({ length: 8 }, (_, index) => `c${index}`);
    for (const channel of channels) makeFifo(join(directory, `${channel}_0`));
    const waiting = channels.map((channel) => readText(create({ channel, signal: controller.signal })));
    const [file = ''] = await writeFiles(['still readable']);

    const text = await readFile(file, 'utf8');
    for (const channel of channels) startWriter(`printf ${channel} > "$0"`, join(directory, `${channel}_0`));

    expect(text).toBe('still readable');
    expect(await Promise.all(waiting)).toEqual(channels);
  });

  test('ends the wait with a time-out that names it', async () => {
    makeFifo(join(directory, 'training_0'));

    await expect(readText(create({ timeoutMs: 100 }))).rejects.toMatchObject({
      code: 'CHANNEL_TIMEOUT',
      message: `channel training: no bytes arrived from the FIFO ${join(directory, 'training_0')} for 0.1 s: check that the channel's data exists in S3 and that the platform still delivers it`,
    });
  });
});

describe('waiting', () => {
  test('for a FIFO that never comes ends with a time-out that names it', async () => {
    await expect(readText(create({ timeoutMs: 150 }))).rejects.toMatchObject({
      code: 'CHANNEL_TIMEOUT',
      message: expect.stringContaining(
        `channel training: the FIFO ${join(directory, 'training_0')} of epoch 0 did not appear within 0.15 s: check that the job has`,
      ),
    });
  });

  test('in vain takes no epoch', async () => {
    const source = create({ timeoutMs: 100 });
    await expect(readText(source)).rejects.toThrow('of epoch 0');

    await expect(readText(source)).rejects.toThrow('of epoch 0');
  });

  test('for a reader is never a time-out', async () => {
    const fifo = makeFifo(join(directory, 'training_0'));
    const silent = makeFifo(join(directory, 'silent'));
    startWriter('head -c 1000000 /dev/zero > "$0"', fifo);
    const options = { channel: 'training', timeoutMs: 1_000, signal: new AbortController().signal };
    let bytes = 0;

    for await (const chunk of readBytes(create({ timeoutMs: 1_000 }))) {
      if (bytes === 0)
        await expect(openPipe(silent, options).bytes.next()).rejects.toThrow('no bytes arrived');
      bytes += chunk.length;
    }

    expect(bytes).toBe(1_000_000);
  });

  test('is refused for what is not a FIFO', async () => {
    await mkdir(join(directory, 'training_0'));

    await expect(readText(create())).rejects.toMatchObject({
      code: 'CHANNEL_MODE_UNSUPPORTED',
      message: expect.stringContaining(`${join(directory, 'training_0')} is not a FIFO`),
    });
  });
});

describe('a stop', () => {
  test('ends the wait for a FIFO at once, with its reason', async () => {
    const controller = new AbortController();
    const reading = readText(create({ signal: controller.signal }));

    controller.abort(new Error('stop'));

    await expect(reading).rejects.toThrow('stop');
  });

  test('ends the wait for bytes soon, with its reason', async () => {
    const controller = new AbortController();
    const fifo = makeFifo(join(directory, 'training_0'));
    startWriter('exec 3> "$0"; printf a >&3; read forever', fifo);
    const loop = readBytes(create({ signal: controller.signal }));
    await loop.next();
    const more = loop.next();

    controller.abort(new Error('stop'));

    await expect(more).rejects.toThrow('stop');
  });

  test('leaves bytes that still come to a loop that ends by itself', async () => {
    const controller = new AbortController();
    const writer = startWriter(
      'exec 3> "$0"; printf first >&3; read go; printf second >&3',
      makeFifo(join(directory, 'training_0')),
    );
    const loop = readBytes(create({ signal: controller.signal }));
    await loop.next();
    const more = loop.next();

    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
    writer.stdin?.write('\n');

    expect(String((await more).value)).toBe('second');
    expect((await loop.next()).done).toBe(true);
  });
});

test('a writer that dies ends the epoch', async () => {
  const writer = startWriter(
    'exec 3> "$0"; printf "half a li" >&3; read forever',
    makeFifo(join(directory, 'training_0')),
  );
  const loop = readBytes(create());
  const { value } = await loop.next();

  writer.kill('SIGKILL');

  expect(String(value)).toBe('half a li');
  expect((await loop.next()).done).toBe(true);
});
