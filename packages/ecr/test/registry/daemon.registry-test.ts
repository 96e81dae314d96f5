/** Images of a real container engine, whatever it made of them, end up in a registry in the form that SageMaker takes. */

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { readDaemonImage } from '@optml/image';
import { expect, onTestFinished, test } from 'vitest';
import { connectEcr } from '../../src/connection/connection.ts';
import { publishImage } from '../../src/publish/publish-image.ts';
import { startEcrInFront } from './ecr-in-front.ts';
import { startDockerRegistry } from './start-docker-registry.ts';

const run = promisify(execFile);

test('an image that docker built is published as a Docker image with its own layers', async () => {
  const socketPath = (process.env.DOCKER_HOST ?? '').slice('unix://'.length);
  const registry = await startDockerRegistry();
  const front = await startEcrInFront({ registryUrl: registry.url });
  const folder = await mkdtemp(join(tmpdir(), 'optml-daemon-'));
  const connection = await connectEcr({
    endpoint: front.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' },
  });
  onTestFinished(async () => {
    connection.close();
    await front.close();
    await registry.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(
    join(folder, 'Dockerfile'),
    'FROM scratch\nCOPY one /app/\nCOPY two /app/\nENTRYPOINT ["/app/one"]\n',
  );
  await writeFile(join(folder, 'one'), '1');
  await writeFile(join(folder, 'two'), '2');
  await run('docker', ['build', '--quiet', '--tag', 'optml/iris:v1', folder]);
  const inspected = JSON.parse((await run('docker', ['image', 'inspect', 'optml/iris:v1'])).stdout)[0];
  const layerDirectory = join(folder, 'layers');
  const platform = { os: 'linux', architecture: 'amd64' };

  const { image, remove } = await readDaemonImage('optml/iris:v1', { socketPath, platform, layerDirectory });
  const target = { targets: [{ connection, repository: 'iris' }], tags: ['v1'] } as const;
  const result = await publishImage(image, target);
  const again = await publishImage(image, target);
  await remove();

  const source = `docker://${new URL(registry.url).host}/iris:v1`;
  const raw = JSON.parse((await run('skopeo', ['inspect', '--raw', '--tls-verify=false', source])).stdout);
  const config = JSON.parse(
    (await run('skopeo', ['inspect', '--config', '--tls-verify=false', source])).stdout,
  );
  expect(raw.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
  expect(raw.layers).toHaveLength(2);
  expect(config.rootfs.diff_ids).toEqual(inspected.RootFS.Layers);
  expect(config.config.Entrypoint).toEqual(['/app/one']);
  expect(again).toMatchObject({ digest: result.digest, bytesSent: 0 });
  expect((await readdir(layerDirectory)).filter((name) => name.startsWith('engine-'))).toEqual([]);
});

test('an image that the engine does not have is said', async () => {
  const socketPath = (process.env.DOCKER_HOST ?? '').slice('unix://'.length);
  const platform = { os: 'linux', architecture: 'amd64' };

  const read = readDaemonImage('optml/absent:v1', { socketPath, platform, layerDirectory: tmpdir() });

  await expect(read).rejects.toMatchObject({ code: 'ENGINE_IMAGE_MISSING' });
});
