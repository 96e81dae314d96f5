/** The operations of a registry, over the HTTP API v2. */

import { ImageError } from '../errors.ts';
import { formatReference } from '../image/reference.ts';
import { readStoredImage } from '../sources/read-stored-image.ts';
import { putManifest, readManifest } from './manifests.ts';
import { openBlob } from './open-blob.ts';
import { mountBlob, putBlob } from './put-blob.ts';
import type { Registry, RegistryOptions } from './registry.ts';
import { createRegistryClient, type RegistryContext } from './registry-client.ts';
import { retry } from './retry.ts';

/**
 * Creates the client of a registry; nothing is sent yet.
 *
 * @throws ImageError `REFERENCE_INVALID` for a host that is none.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const client = createRegistryClient(options);
  const { host, scheme } = client;
  const context: RegistryContext = { client, attempts: options.attempts ?? 4 };
  return {
    host,
    scheme,
    readManifest: (repository, reference, request) => readManifest(context, repository, reference, request),
    openBlob: (repository, descriptor, request) => openBlob(context, repository, descriptor, request),
    mountBlob: (repository, digest, from, request) =>
      mountBlob(context, repository, digest, { from, ...request }),
    putBlob: (repository, blob, request) => putBlob(context, repository, blob, request),
    putManifest: (repository, reference, manifest, request) =>
      putManifest(context, repository, reference, manifest, request),
    hasBlob: (repository, digest, { signal } = {}) =>
      retry(
        async () => {
          const answer = await client.send({
            method: 'HEAD',
            target: `/v2/${repository}/blobs/${digest}`,
            scope: `repository:${repository}:pull`,
            doing: `look for a layer in ${repository}`,
            accept: [200, 404],
            signal,
          });
          answer.body.resume();
          return answer.status === 200;
        },
        { attempts: context.attempts, signal },
      ),
    async readImage(repository, reference, options) {
      const place = reference.startsWith('sha256:') ? { digest: reference } : { tag: reference };
      const where = formatReference({ host, repository, ...place });
      const stored = await readManifest(context, repository, reference, options);
      if (stored === undefined) {
        throw new ImageError('BASE_NOT_FOUND', `there is no image ${where}: check its name and tag`);
      }
      const readByDigest = async (digest: string, signal: AbortSignal | undefined) => {
        const found = await readManifest(context, repository, digest, { signal });
        if (found !== undefined) return found;
        throw new ImageError(
          'MANIFEST_INVALID',
          `the index ${where} names a manifest that is not there: ${digest}`,
        );
      };
      return readStoredImage(
        {
          where,
          origin: { host, repository },
          openBlob: (descriptor, signal) => openBlob(context, repository, descriptor, { signal }),
          readManifest: ({ digest }, signal) => readByDigest(digest, signal),
        },
        stored,
        options,
      );
    },
  };
}
