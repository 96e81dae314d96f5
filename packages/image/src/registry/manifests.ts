/** Reads and stores manifests. */

import { ImageError } from '../errors.ts';
import { streamOnce } from '../image/assemble-manifest.ts';
import { digestOf } from '../image/digest.ts';
import type { StoredManifest } from '../image/image.ts';
import { mediaTypes } from '../image/media-types.ts';
import { largestDocumentBytes } from '../sources/parse-json.ts';
import { describeManifest } from '../sources/read-stored-image.ts';
import type { RequestOptions } from './registry.ts';
import type { RegistryClient } from './registry-client.ts';
import { explainSilence } from './registry-fault.ts';

const accepted = [
  mediaTypes.docker.manifest,
  mediaTypes.docker.index,
  mediaTypes.oci.manifest,
  mediaTypes.oci.index,
].join(', ');

/** Reads a manifest or an index; `undefined` when the registry has none of the reference. */
export async function readManifest(
  client: RegistryClient,
  reference: string,
  { repository, signal }: RequestOptions,
): Promise<StoredManifest | undefined> {
  const doing = `read the image ${repository}${separator(reference)}${reference}`;
  return client.ask(
    {
      method: 'GET',
      target: `/v2/${repository}/manifests/${reference}`,
      headers: { accept: accepted },
      scope: `repository:${repository}:pull`,
      doing,
      accept: [200, 404],
      signal,
    },
    async ({ status, body, headers }) => {
      if (status === 404) return undefined;
      const bytes = await readAll(body, doing, client.host);
      assertDigest(bytes, [reference, headers['docker-content-digest']], doing);
      return describeManifest(bytes, (headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '');
    },
  );
}

async function readAll(body: AsyncIterable<Uint8Array>, doing: string, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > largestDocumentBytes) {
        const why = `cannot ${doing}: its manifest has more than ${largestDocumentBytes} bytes`;
        throw new ImageError('MANIFEST_INVALID', why);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw explainSilence(error, doing, { host });
  }
  return Buffer.concat(chunks);
}

function assertDigest(
  bytes: Uint8Array,
  said: readonly (string | string[] | undefined)[],
  doing: string,
): void {
  const found = digestOf(bytes);
  for (const digest of said) {
    if (typeof digest !== 'string' || !digest.startsWith('sha256:') || digest === found) continue;
    throw new ImageError(
      'BLOB_MISMATCH',
      `cannot ${doing}: the received manifest has the digest ${found}, not ${digest}: something between here and the registry changed it`,
      { digest, retryable: true },
    );
  }
}

/** Stores a manifest under a tag or its digest. */
export async function putManifest(
  client: RegistryClient,
  { descriptor, bytes }: StoredManifest,
  { repository, reference, signal }: RequestOptions & { readonly reference: string },
): Promise<void> {
  const doing = `store the image ${repository}${separator(reference)}${reference}`;
  await client.ask(
    {
      method: 'PUT',
      target: `/v2/${repository}/manifests/${reference}`,
      headers: { 'content-type': descriptor.mediaType, 'content-length': String(bytes.length) },
      body: () => streamOnce(bytes),
      scope: `repository:${repository}:pull,push`,
      doing,
      accept: [200, 201],
      signal,
    },
    ({ headers: { 'docker-content-digest': stored } }) => {
      if (stored === undefined || stored === descriptor.digest) return;
      throw new ImageError(
        'BLOB_MISMATCH',
        `cannot ${doing}: the registry stored ${stored}, but ${descriptor.digest} was sent: it rewrites manifests`,
        { digest: descriptor.digest },
      );
    },
  );
}

function separator(reference: string): ':' | '@' {
  return reference.startsWith('sha256:') ? '@' : ':';
}
