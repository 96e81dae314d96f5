import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildImage } from '../build/build-image.ts';
import { writeArchive } from '../sinks/write-archive.ts';
import { readDaemonImage } from './read-daemon-image.ts';

const platform = { os: 'linux', architecture: 'amd64' };

/** A socket that answers as the Engine API does. */
async function startEngine(answer: RequestListener) {
  const folder = await mkdtemp(join(tmpdir(), 'optml-engine-'));
  const socketPath = join(folder, 'engine.sock');
  const server = createServer(answer).listen(socketPath);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const layerDirectory = join(folder, 'layers');
  return { folder, options: { socketPath, platform, layerDirectory } };
}

test('an image comes as an archive, which goes when it was used', async () => {
  const content = Buffer.from('x');
  const entries = [{ path: 'a', type: 'file' as const, mode: 0o644, size: 1, content }];
  const image = await buildImage({
    platform,
    layers: [{ kind: 'application', files: [], entries }],
    layerDirectory: tmpdir(),
  });
  const asked: (string | undefined)[] = [];
  const { folder, options } = await startEngine(async ({ url }, response) => {
    asked.push(url);
    const file = join(folder, 'image.tar');
    await writeArchive(image, { path: file, name: 'registry.local:5000/team/iris:v1' });
    response.end(await readFile(file));
  });

  const read = await readDaemonImage('registry.local:5000/team/iris:v1', options);

  expect(asked).toEqual(['/images/registry.local%3A5000/team/iris%3Av1/get']);
  expect(read.image.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
  await read.remove();
  expect((await readdir(options.layerDirectory)).filter((name) => name.startsWith('engine-'))).toEqual([]);
});

test('an image that the engine does not have is said', async () => {
  const { options } = await startEngine((_, response) =>
    response.writeHead(404).end('{"message":"no such image"}'),
  );

  await expect(readDaemonImage('iris', options)).rejects.toMatchObject({
    code: 'ENGINE_IMAGE_MISSING',
    message: expect.stringContaining('"iris"'),
  });
});

test('an archive that ends in the middle is an error, and leaves no file', async () => {
  const { options } = await startEngine((_, response) => {
    response.writeHead(200, { 'content-length': '100000' });
    response.write('the beginning', () => response.destroy());
  });

  await expect(readDaemonImage('iris', options)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  expect(await readdir(options.layerDirectory)).toEqual([]);
});

test('an engine that does not run is said', async () => {
  const { options } = await startEngine(() => {});

  const read = readDaemonImage('iris', { ...options, socketPath: `${options.socketPath}.absent` });

  await expect(read).rejects.toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    message: expect.stringContaining('start the engine'),
  });
});

test('where no folder can be made for the archive, the read ends with its path', async () => {
  const { options } = await startEngine((_, response) => response.end());

  const read = readDaemonImage('iris', { ...options, layerDirectory: '/proc/optml/layers' });

  await expect(read).rejects.toMatchObject({
    code: 'FOLDER_UNWRITABLE',
    message: expect.stringContaining('/proc/optml/layers'),
  });
});
