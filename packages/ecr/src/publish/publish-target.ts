/** Where an image goes: a repository of an account in a region, and how bytes get there. */

import type { Registry } from '@optml/image';
import type { Connection } from '../connection/connection.ts';
import { openRegistry } from '../connection/open-registry.ts';
import type { RepositoryAddress, RepositorySettings } from '../repository/ensure-repository.ts';
import type { BlobPlace } from '../repository/read-images.ts';

/** How bytes get there: by the registry API, by the layers of the JSON API, or by the first and else the second. */
export type Transport = 'auto' | 'registry' | 'ecr-api';

/** A repository that an image is published to. */
export interface PublishTarget extends RepositoryAddress {
  readonly connection: Connection;
  readonly settings?: RepositorySettings | undefined;
}

/** A target with the login that it needs, which is made once and only when it is. */
export interface OpenTarget extends PublishTarget {
  readonly address: RepositoryAddress;
  /** `undefined` where only the JSON API is to be used. */
  registry(): Promise<Registry | undefined>;
  place(): Promise<BlobPlace>;
}

/** Makes the login of a target lazy. */
export function openTarget(target: PublishTarget, transport: Transport, signal?: AbortSignal): OpenTarget {
  const { connection, repository, registryId } = target;
  const address = { repository, registryId };
  let opened: Promise<Registry> | undefined;
  const registry = async () => {
    if (transport === 'ecr-api') return undefined;
    opened ??= openRegistry(connection, { registryId, signal });
    return opened;
  };
  return {
    ...target,
    address,
    registry,
    place: async () => ({ connection, address, registry: await registry() }),
  };
}
