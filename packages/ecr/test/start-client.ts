/** A fake ECR and the AWS SDK's client of it, with what tests of the fake do again and again. */

import { randomBytes } from 'node:crypto';
import {
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@optml/image/manifest';
import { onTestFinished } from 'vitest';
import { type FakeEcr, startFakeEcr } from '../src/testing/fake-ecr.ts';
import type { FakeEcrOptions } from '../src/testing/fake-ecr-options.ts';

/** The repository that is there from the beginning. */
export const repositoryName = 'iris';

/** A fake that runs, and its client. */
export interface StartedClient {
  readonly ecr: FakeEcr;
  readonly client: ECRClient;
}

/** Starts both; they go when the test ends. */
export async function startClient(
  options: FakeEcrOptions = {},
  { create = true, region = 'us-east-1' } = {},
): Promise<StartedClient> {
  const ecr = await startFakeEcr(options);
  onTestFinished(() => ecr.close());
  const client = openClient(ecr, { region });
  if (create) await client.send(new CreateRepositoryCommand({ repositoryName }));
  return { ecr, client };
}

/** Opens another client, of another region or account. */
export function openClient(
  { url }: FakeEcr,
  {
    region = 'us-east-1',
    accessKeyId = 'AKIAFAKE',
  }: { readonly region?: string; readonly accessKeyId?: string },
): ECRClient {
  const credentials = { accessKeyId, secretAccessKey: 'fake' };
  const client = new ECRClient({ endpoint: url, region, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

/** Uploads a layer in parts, and gives the digest that the answer names. */
export async function upload(
  { client }: Pick<StartedClient, 'client'>,
  bytes: Buffer,
  {
    partBytes = bytes.length,
    ...address
  }: { readonly partBytes?: number; readonly registryId?: string; readonly repositoryName?: string } = {},
): Promise<string> {
  const to = { repositoryName, ...address };
  const { uploadId } = await client.send(new InitiateLayerUploadCommand(to));
  for (let at = 0; at < bytes.length; at += partBytes) {
    const layerPartBlob = bytes.subarray(at, at + partBytes);
    const [partFirstByte, partLastByte] = [at, at + layerPartBlob.length - 1];
    await client.send(
      new UploadLayerPartCommand({ ...to, uploadId, partFirstByte, partLastByte, layerPartBlob }),
    );
  }
  const layerDigests = [digestOf(bytes)];
  const { layerDigest } = await client.send(
    new CompleteLayerUploadCommand({ ...to, uploadId, layerDigests }),
  );
  return layerDigest as string;
}

const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';

/** Puts an image of a config alone, and gives its manifest. */
export async function putImage(started: StartedClient, imageTag?: string): Promise<string> {
  const digest = await upload(started, Buffer.from(`config ${randomBytes(8).toString('hex')}`));
  const config = { digest, size: 1, mediaType: 'application/vnd.docker.container.image.v1+json' };
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] });
  await started.client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
  return imageManifest;
}

/** Puts an index of images that are there. */
export async function putIndex(
  { client }: StartedClient,
  manifests: readonly string[],
  imageTag: string,
): Promise<string> {
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifests: manifests.map((manifest) => ({
      mediaType,
      digest: digestOf(Buffer.from(manifest)),
      size: manifest.length,
    })),
  });
  await client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
  return imageManifest;
}

/** What a request to the registry API needs. */
export async function logInWith({ client }: Pick<StartedClient, 'client'>): Promise<Record<string, string>> {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  return { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` };
}
