/** ECR's JSON API in front of a registry that fails for a moment. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectEcr } from '../../src/connection/connection.ts';
import { readImages } from '../../src/repository/read-images.ts';
import { startEcrInFront } from './ecr-in-front.ts';

const manifest = '{"schemaVersion":2}';
const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

/** A registry that answers each request with the next of `statuses`, and with the manifest when that is 200. */
async function connect(statuses: number[], { attempts = 5 } = {}) {
  const registry = createServer((_, response) => {
    const status = statuses.shift() ?? 500;
    response.writeHead(status, { 'docker-content-digest': digest, 'content-type': 'text/plain' });
    response.end(status === 200 ? manifest : '{"errors":[{"code":"UNKNOWN"}]}');
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  const front = await startEcrInFront({ registryUrl: `http://127.0.0.1:${port}` });
  const credentials = { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' };
  const connection = await connectEcr({ endpoint: front.url, region: 'us-east-1', credentials, attempts });
  onTestFinished(async () => {
    connection.close();
    await front.close();
    registry.close().closeAllConnections();
  });
  return { connection, front };
}

const repository = 'iris';
const read = ({ connection }: Awaited<ReturnType<typeof connect>>) =>
  readImages(connection, { repository }, [{ imageTag: 'v1' }]);

test('a tag that the registry cannot read for a moment is asked for again', async () => {
  const started = await connect([500, 200]);

  const images = await read(started);

  expect(images).toMatchObject([{ digest, manifest, tag: 'v1' }]);
  expect(started.front.calls.map(({ operation }) => operation)).toEqual(['BatchGetImage', 'BatchGetImage']);
});

test('a tag that the registry does not have is left out, and asked for once', async () => {
  const started = await connect([404]);

  expect(await read(started)).toEqual([]);
  expect(started.front.calls).toHaveLength(1);
});

test.each([
  ['BatchCheckLayerAvailability', { layerDigests: [digest] }],
  ['InitiateLayerUpload', {}],
  ['PutImage', { imageManifest: manifest, imageTag: 'v1' }],
] as const)('a registry that goes on failing is no answer to %s', async (operation, input) => {
  const { connection } = await connect([500], { attempts: 1 });

  const call = connection.call(operation, { repositoryName: repository, ...input } as never);

  await expect(call).rejects.toMatchObject({ message: expect.stringMatching(/status 500/) });
});
