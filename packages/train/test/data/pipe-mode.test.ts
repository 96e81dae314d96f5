/** Jobs whose data other processes feed through real FIFOs. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordIoCodec } from '@optml/codecs';
import { afterEach, expect, test } from 'vitest';
import { endFeeders, feedChannel, makeFifo, startWriter } from '../feed-channel.ts';
import { linkPackages } from '../link-packages.ts';
import { train } from '../train-story.ts';

afterEach(endFeeders);

const pipe = { TrainingInputMode: 'Pipe' };

/** Feeds each channel the contents of its epochs, from a process of its own. */
async function feed(
  root: string,
  epochs: Readonly<Record<string, readonly (string | Uint8Array)[]>>,
): Promise<void> {
  const data = join(root, 'input/data');
  await mkdir(data, { recursive: true });
  for (const [channel, contents] of Object.entries(epochs)) {
    const files = contents.map((_content, epoch) => join(root, `${channel}-${epoch}`));
    await Promise.all(files.map((file, epoch) => writeFile(file, contents[epoch] as string)));
    feedChannel(data, channel, files);
  }
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${from + index}\n`).join('');

test('four channels at once are read for three epochs, one of which is left early', async () => {
  const epochs = [numbers(0, 50_000), numbers(7, 60_000), numbers(1, 3)];

  const { tree, result } = await train('streams.ts', {
    inputDataConfig: { a: pipe, b: pipe, c: pipe, d: pipe },
    prepare: (root) => feed(root, { a: epochs, b: epochs, c: epochs, d: epochs }),
  });

  expect(result).toEqual({ exitCode: 0 });
  const all = [1_249_975_000, 1_799_969_979, 3];
  expect(JSON.parse(await tree.model('sums.json'))).toEqual({
    a: all,
    b: [1_249_975_000, 7, 3],
    c: all,
    d: all,
  });
});

test('a writer that dies in the middle of a record fails the job with FIFO and place', async () => {
  const records = recordIoCodec.encode([new Uint8Array(100), new Uint8Array(100)]);

  const { tree, result } = await train('reads-formats.ts', {
    inputDataConfig: { recordIo: pipe },
    async prepare(root) {
      await feed(root, {});
      const file = join(root, 'half');
      await writeFile(file, records.subarray(0, 150));
      const fifo = makeFifo(join(root, 'input/data/recordIo_0'));
      startWriter(`exec 3> "$0"; cat '${file}' >&3; kill -KILL $$`, fifo);
    },
  });

  expect(result).toMatchObject({ exitCode: 1, code: 'DATA_INVALID' });
  expect(await tree.failure()).toMatch(/^UserError: recordIo_0: .*record 1.*byte 108/);
});

test('a channel that two processes of a host read fails the job, for each would get pieces of its records', async () => {
  const reader = `import { defineTraining } from '@optml/train';
    import { z } from 'zod';
    export default defineTraining({
      hyperparameters: z.object({}),
      channels: { a: { modes: ['Pipe'] } },
      async run({ channels, signal }) {
        for await (const line of channels.a.lines()) console.log(line);
        const timer = setInterval(() => {}, 1_000);
        signal.addEventListener('abort', () => clearInterval(timer));
      },
    });`;

  const { tree, result, stdout } = await train('streams.ts', {
    hyperparameters: { sagemaker_program: 'train.ts', sagemaker_mpi_num_of_processes_per_host: '2' },
    inputDataConfig: { a: pipe },
    code: { 'train.ts': reader },
    async prepare(root) {
      await linkPackages(root);
      await feed(root, { a: ['the only line\n'] });
    },
  });

  expect(result).toMatchObject({ exitCode: 1, code: 'CHANNEL_IN_USE' });
  expect(await tree.failure()).toContain('channel a is already read by another process on this host');
  expect(stdout.split('the only line').length).toBeLessThanOrEqual(2);
});

test('a job that is asked to stop while it waits for an epoch ends well', async () => {
  const { result } = await train('streams.ts', {
    inputDataConfig: { a: pipe, b: pipe, c: pipe, d: pipe },
    stopAtOutput: 'training starts',
  });

  expect(result).toEqual({ exitCode: 0 });
});
