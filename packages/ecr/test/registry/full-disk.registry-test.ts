/** Publishing from a disk that is full: a real one, of one megabyte. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { buildImage, readDaemonImage } from '@optml/image';
import { expect, onTestFinished, test } from 'vitest';
import { connectEcr } from '../../src/connection/connection.ts';
import { publishImage } from '../../src/publish/publish-image.ts';
import { startFakeEcr } from '../../src/testing/fake-ecr.ts';

const run = promisify(execFile);
const platform = { os: 'linux', architecture: 'amd64' } as const;

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-disk-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function mountDisk(): Promise<string> {
  const disk = await makeFolder();
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  onTestFinished(async () => void (await run('umount', [disk])));
  return disk;
}

test('a layer for which there is no room ends the publication before anything is sent, and a retry succeeds', async () => {
  const ecr = await startFakeEcr();
  const connection = await connectEcr({
    endpoint: ecr.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' },
  });
  onTestFinished(async () => {
    connection.close();
    await ecr.close();
  });
  const [disk, files] = [await mountDisk(), await makeFolder()];
  await writeFile(join(files, 'large.bin'), randomBytes(4_000_000));
  const publish = async () => {
    const layers = [{ kind: 'application', files: [{ from: files, to: '/app' }] }] as const;
    const image = await buildImage({ platform, layers, layerDirectory: join(disk, 'layers') });
    return publishImage(image, { targets: [{ connection, repository: 'iris' }], tags: ['v1'] });
  };

  await expect(publish()).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/no space is left for .*; free some, or use a folder on a larger disk/),
  });

  expect(await readdir(join(disk, 'layers'))).toEqual([]);
  expect(ecr.registry().repositories.get('iris')?.tags.size ?? 0).toBe(0);
  await run('mount', ['-o', 'remount,size=16m', disk]);
  const { digest } = await publish();
  expect(ecr.registry().repositories.get('iris')?.tags.get('v1')).toBe(digest);
});

test("the archive of an engine's image that has no room leaves nothing on the disk", async () => {
  const [disk, files] = [await mountDisk(), await makeFolder()];
  const name = `optml-full-disk:${process.pid}`;
  await writeFile(join(files, 'Dockerfile'), 'FROM scratch\nCOPY large.bin /\n');
  await writeFile(join(files, 'large.bin'), randomBytes(4_000_000));
  await run('docker', ['build', '--tag', name, files]);
  onTestFinished(async () => void (await run('docker', ['image', 'rm', name])));
  const socketPath = new URL(process.env.DOCKER_HOST ?? '').pathname;
  const read = () => readDaemonImage(name, { socketPath, platform, layerDirectory: join(disk, 'layers') });

  await expect(read()).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/cannot keep the archive of .*: no space is left for /),
  });

  expect(await readdir(join(disk, 'layers'))).toEqual([]);
  await run('mount', ['-o', 'remount,size=16m', disk]);
  const { image, remove } = await read();
  expect(image.layers).toHaveLength(1);
  await remove();
});
