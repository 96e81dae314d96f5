/** Finds out whether the registry that the image is published to is here, or could be installed. */

import { E2eError } from '../e2e-error.ts';
import { isOnPath } from './is-on-path.ts';

export interface RegistrySearch {
  /** The folders of `PATH`. */
  readonly path: string;
  readonly isRoot: boolean;
}

/**
 * Says where Debian's docker-registry stands: `installable` comes with apt-get.
 *
 * @throws E2eError `REGISTRY_MISSING` when it is not there and cannot be installed here.
 */
export async function findRegistry({ path, isRoot }: RegistrySearch): Promise<'installed' | 'installable'> {
  if (await isOnPath('docker-registry', path)) return 'installed';
  if (isRoot && (await isOnPath('apt-get', path))) return 'installable';
  throw new E2eError(
    'REGISTRY_MISSING',
    'there is no registry to publish the image to: install docker-registry (Debian: sudo apt-get install docker-registry), or run as root on Debian, where it is installed',
  );
}
