/** The publishing suite against Debian's docker-registry, with skopeo as the judge of what was pushed. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestOf } from '@optml/image/manifest';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectEcr } from '../../src/connection/connection.ts';
import { publishImage } from '../../src/publish/publish-image.ts';
import { makeImage } from '../make-image.ts';
import { definePublishSuite } from '../publish-suite.ts';
import { startEcrInFront } from './ecr-in-front.ts';
import { type DockerRegistry, startDockerRegistry } from './start-docker-registry.ts';

let registry: DockerRegistry;

beforeAll(async () => {
  registry = await startDockerRegistry();
});
afterAll(() => registry.close());

async function startFront() {
  const front = await startEcrInFront({ registryUrl: registry.url });
  const connection = await connectEcr({
    endpoint: front.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' },
  });
  onTestFinished(async () => {
    connection.close();
    await front.close();
  });
  return { front, connection };
}

definePublishSuite("Debian's docker-registry", async () => {
  const { front, connection } = await startFront();
  let seen = 0;
  return {
    connection,
    takeNews() {
      const news = front.calls.slice(seen);
      seen = front.calls.length;
      return {
        apiCalls: news.flatMap(({ operation }) => (operation.includes(' ') ? [] : [operation])),
        layerBytes: news
          .filter(({ operation }) => /^(PUT|PATCH) .*\/uploads\/|^UploadLayerPart$/.test(operation))
          .reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
      };
    },
    async readBlob(repository, digest) {
      const reply = await fetch(`${registry.url}/v2/${repository}/blobs/${digest}`);
      return new Uint8Array(await reply.arrayBuffer());
    },
  };
});

const run = promisify(execFile);

test('skopeo reads back what was published, byte for byte', async () => {
  const { connection } = await startFront();
  const folder = await mkdtemp(join(tmpdir(), 'optml-skopeo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const image = makeImage(['base', 'application'], { Entrypoint: ['node', '/app/main.js'] });
  const { digest, layers } = await publishImage(image, {
    targets: [{ connection, repository: 'skopeo' }],
    tags: ['v1'],
  });
  const source = `docker://${new URL(registry.url).host}/skopeo:v1`;

  const inspected = JSON.parse((await run('skopeo', ['inspect', '--tls-verify=false', source])).stdout);
  await run('skopeo', ['copy', '--src-tls-verify=false', source, `dir:${folder}`]);

  expect(inspected).toMatchObject({
    Digest: digest,
    Architecture: 'amd64',
    Os: 'linux',
    Layers: layers.map((layer) => layer.digest),
  });
  expect(digestOf(await readFile(join(folder, 'manifest.json')))).toBe(digest);
  const config = JSON.parse(
    (await run('skopeo', ['inspect', '--config', '--tls-verify=false', source])).stdout,
  );
  expect(config).toMatchObject({
    config: { Entrypoint: ['node', '/app/main.js'] },
    rootfs: image.config.rootfs,
  });
});
