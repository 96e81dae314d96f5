/** Opens an image by where it is: a registry, an OCI layout, or a file of `docker save`. */

import { resolve } from 'node:path';
import {
  createRegistry,
  type Image,
  type Platform,
  type RegistryCredentials,
  readArchive,
  readLayout,
} from '@optml/image';
import type { ImageLocation } from '@optml/image/reference';
import type { Network } from './network.ts';

/** What opening needs to know. */
export interface OpenOptions {
  readonly platform: Platform;
  readonly layerDirectory: string;
  readonly workingDirectory: string;
  readonly credentials: (host: string) => Promise<RegistryCredentials | undefined>;
  readonly network: Network;
  readonly signal: AbortSignal;
}

/** @throws ImageError what the source throws */
export async function openImage(
  location: Exclude<ImageLocation, { kind: 'scratch' }>,
  { workingDirectory, credentials, network, platform, layerDirectory, signal }: OpenOptions,
): Promise<Image> {
  const options = { platform, layerDirectory, signal };
  if (location.kind === 'registry') {
    const { host, repository, tag = 'latest', digest = tag } = location;
    const registry = createRegistry({
      host,
      credentials: () => credentials(host),
      proxy: network.proxy,
      scheme: network.plainHttp.includes(host) ? 'http' : undefined,
    });
    return registry.readImage(digest, { ...options, repository });
  }
  const path = resolve(workingDirectory, location.path);
  return location.kind === 'oci' ? readLayout(path, options) : readArchive(path, options);
}
