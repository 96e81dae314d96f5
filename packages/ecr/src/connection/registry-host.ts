/** Host names of ECR's registries, of every partition, as `docker login` and image references have them. */

import { EcrError } from '../errors.ts';
import { findPartition, partitions } from './partition.ts';

/** A registry: an account's, in a region. */
export interface RegistryHost {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
  /** Reached by IPv4 and IPv6. */
  readonly dualStack: boolean;
  /** With cryptography that FIPS 140 has validated. */
  readonly fips: boolean;
}

const pattern = /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/;

/**
 * Reads a host name, without scheme and port; `undefined` for one that is not exactly a registry's, as
 * `123456789012.dkr.ecr.us-east-1.amazonaws.com.example.com`.
 */
export function parseRegistryHost(host: string): RegistryHost | undefined {
  const match = pattern.exec(host);
  if (match === null) return undefined;
  const [, accountId = '', separator, fipsMark, region = '', domain] = match;
  const partition = partitions.find(({ regions }) => regions.test(region));
  const registry = { accountId, region, dualStack: separator === '-', fips: fipsMark !== undefined };
  const expected = registry.dualStack ? partition?.dualStackDomain : partition?.domain;
  if (partition === undefined || expected !== domain) return undefined;
  return registry.fips && !partition.hasFips ? undefined : registry;
}

/**
 * Writes a host name that `parseRegistryHost` reads.
 *
 * @throws EcrError `REGION_INVALID` for an unknown region, or one that has no such endpoint;
 *   `REPOSITORY_INVALID` for an account that is not twelve digits.
 */
export function formatRegistryHost({
  accountId,
  region,
  dualStack = false,
  fips = false,
}: Pick<RegistryHost, 'accountId' | 'region'> & Partial<RegistryHost>): string {
  assertAccount(accountId);
  const partition = findPartition(region);
  const domain = dualStack ? partition.dualStackDomain : partition.domain;
  if (domain === undefined || (fips && !partition.hasFips)) {
    const kinds = [dualStack ? 'dual-stack' : [], fips ? 'FIPS' : []].flat().join(' ');
    throw new EcrError('REGION_INVALID', `${region} has no ${kinds} registry: use the standard host`, {
      region,
    });
  }
  return `${accountId}.dkr${dualStack ? '-' : '.'}ecr${fips ? '-fips' : ''}.${region}.${domain}`;
}

/** Refuses what is not the number of an account. @throws EcrError `REPOSITORY_INVALID` */
export function assertAccount(accountId: string): void {
  if (/^\d{12}$/.test(accountId)) return;
  throw new EcrError('REPOSITORY_INVALID', `"${accountId}" is not an AWS account: use its twelve digits`);
}
