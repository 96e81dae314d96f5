/** The operations of a registry, over the HTTP API v2. */

import { ImageError } from '../errors.ts';
import { formatReference } from '../image/reference.ts';
import { type BlobSource, readStoredImage } from '../sources/read-stored-image.ts';
import { putManifest, readManifest } from './manifests.ts';
import { openBlob } from './open-blob.ts';
import { mountBlob, putBlob } from './put-blob.ts';
import type { Registry, RegistryOptions } from './registry.ts';
import { createRegistryClient } from './registry-client.ts';

/**
 * Creates the client of a registry; nothing is sent yet.
 *
 * @throws ImageError `REFERENCE_INVALID` for an invalid host.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const client = createRegistryClient(options);
  const { host, scheme } = client;
  return {
    host,
    scheme,
    readManifest: readManifest.bind(undefined, client),
    openBlob: openBlob.bind(undefined, client),
    mountBlob: mountBlob.bind(undefined, client),
    putBlob: putBlob.bind(undefined, client),
    putManifest: putManifest.bind(undefined, client),
    hasBlob: (digest, { repository, signal }) =>
      client.ask(
        {
          method: 'HEAD',
          target: `/v2/${repository}/blobs/${digest}`,
          scope: `repository:${repository}:pull`,
          doing: `look for a layer in ${repository}`,
          accept: [200, 404],
          signal,
        },
        ({ status }) => status === 200,
      ),
    async readImage(reference, options) {
      const { repository } = options;
      const place = reference.startsWith('sha256:') ? { digest: reference } : { tag: reference };
      const where = formatReference({ host, repository, ...place });
      const stored = await readManifest(client, reference, options);
      if (stored === undefined) {
        throw new ImageError('BASE_NOT_FOUND', `the image ${where} does not exist: check its name and tag`);
      }
      const source: BlobSource = {
        where,
        origin: { host, repository },
        openBlob: (descriptor, signal) => openBlob(client, descriptor, { repository, signal }),
        async readManifest({ digest }, signal) {
          const found = await readManifest(client, digest, { repository, signal });
          if (found !== undefined) return found;
          const why = `the index ${where} names a manifest that is not there: ${digest}`;
          throw new ImageError('MANIFEST_INVALID', why);
        },
      };
      return readStoredImage(source, stored, options);
    },
  };
}
