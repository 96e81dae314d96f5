import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startReadyServer } from '../start-server.ts';

const run = promisify(execFile);

test('curl sends fields and files, at once and in chunks', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'optml-curl-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const spill = { directory, aboveBytes: 1024 ** 2 };
  const { server } = await startReadyServer('forms', { limits: { spill } });
  const [image, large] = [join(directory, 'a "b".png'), join(directory, 'large.bin')];
  await writeFile(image, 'png');
  await writeFile(large, new Uint8Array(5 * 1024 ** 2).fill(7));
  const send = async (...words: readonly string[]) => {
    const form = [
      '-F',
      'count=3',
      '-F',
      'box={"x": 1, "y": 2};type=application/json',
      '-F',
      `image=@"${image.replaceAll('"', '\\"')}"`,
    ];
    const { stdout } = await run('curl', ['--silent', ...form, ...words, `${server.url}/invocations`]);
    return JSON.parse(stdout);
  };

  const replies = [
    await send(),
    await send('-H', 'Transfer-Encoding: chunked'),
    await send('-F', `files=@${large}`),
  ];

  const fields = { count: 3, box: { x: 1, y: 2 } };
  const described = { name: 'a "b".png', type: 'image/png', size: 3, isOnDisk: false, first: 112, last: 103 };
  const onDisk = {
    name: 'large.bin',
    type: 'application/octet-stream',
    size: 5 * 1024 ** 2,
    isOnDisk: true,
    first: 7,
    last: 7,
  };
  expect(replies).toEqual([
    { ...fields, files: [described] },
    { ...fields, files: [described] },
    { ...fields, files: [described, onDisk] },
  ]);
});
