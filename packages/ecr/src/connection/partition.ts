/** The partitions of AWS: which regions each has, and the domains of its endpoints. */

import { EcrError } from '../errors.ts';

/** A part of AWS with accounts, ARNs and domains of its own. */
export interface Partition {
  /** As in ARNs: `aws`, `aws-cn`. */
  readonly id: string;
  readonly domain: string;
  /** For IPv4 and IPv6, where the partition has one. */
  readonly dualStackDomain?: string | undefined;
  readonly hasFips: boolean;
  readonly regions: RegExp;
}

/** Source: the partitions file of the AWS SDKs, and the endpoint rules of ECR's API. */
export const partitions: readonly Partition[] = [
  {
    id: 'aws-us-gov',
    domain: 'amazonaws.com',
    dualStackDomain: 'on.aws',
    hasFips: true,
    regions: /^us-gov-[a-z]+-\d{1,2}$/,
  },
  {
    id: 'aws-cn',
    domain: 'amazonaws.com.cn',
    dualStackDomain: 'on.amazonwebservices.com.cn',
    hasFips: true,
    regions: /^cn-[a-z]+-\d{1,2}$/,
  },
  { id: 'aws-eusc', domain: 'amazonaws.eu', hasFips: false, regions: /^eusc-[a-z]{2}-[a-z]+-\d{1,2}$/ },
  { id: 'aws-iso', domain: 'c2s.ic.gov', hasFips: false, regions: /^us-iso-[a-z]+-\d{1,2}$/ },
  { id: 'aws-iso-b', domain: 'sc2s.sgov.gov', hasFips: false, regions: /^us-isob-[a-z]+-\d{1,2}$/ },
  { id: 'aws-iso-e', domain: 'cloud.adc-e.uk', hasFips: false, regions: /^eu-isoe-[a-z]+-\d{1,2}$/ },
  { id: 'aws-iso-f', domain: 'csp.hci.ic.gov', hasFips: false, regions: /^us-isof-[a-z]+-\d{1,2}$/ },
  {
    id: 'aws',
    domain: 'amazonaws.com',
    dualStackDomain: 'on.aws',
    hasFips: true,
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d{1,2}$/,
  },
];

/**
 * Finds the partition of a region. New regions of a known form are known.
 *
 * @throws EcrError `REGION_INVALID`
 */
export function findPartition(region: string): Partition {
  const found = partitions.find(({ regions }) => regions.test(region));
  if (found !== undefined) return found;
  throw refuseRegion(region);
}

/**
 * Refuses what cannot be a region: AWS makes new regions, but no other form of name.
 *
 * @throws EcrError `REGION_INVALID`
 */
export function assertRegion(region: string): void {
  if (!/^[a-z]+(?:-[a-z]+)+-\d{1,2}$/.test(region)) throw refuseRegion(region);
}

/**
 * Refuses what is not the address of an endpoint of AWS.
 *
 * @throws EcrError `ENDPOINT_UNREACHABLE`
 */
export function assertEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return;
  throw new EcrError(
    'ENDPOINT_UNREACHABLE',
    `the endpoint "${endpoint}" is not an address: include its scheme, for example https://vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com`,
  );
}

function refuseRegion(region: string): EcrError {
  return new EcrError(
    'REGION_INVALID',
    `"${region}" is not an AWS region: use one such as us-east-1 or eu-central-1, in lower case and without the letter of a zone`,
    { region },
  );
}

/** Writes the ARN of a repository. */
export function formatRepositoryArn({ region, accountId, repository }: RepositoryName): string {
  return `arn:${findPartition(region).id}:ecr:${region}:${accountId}:repository/${repository}`;
}

/** What an ARN names; `undefined` for one that is not a repository's, in the partition of its region. */
export function parseRepositoryArn(arn: unknown): RepositoryName | undefined {
  const [, id, region = '', accountId = '', repository = ''] =
    /^arn:([a-z-]+):ecr:([a-z0-9-]+):(\d{12}):repository\/(.+)$/.exec(String(arn)) ?? [];
  const partition = partitions.find(({ regions }) => regions.test(region));
  return partition !== undefined && partition.id === id ? { region, accountId, repository } : undefined;
}

/** Where a repository is, and its name. */
export interface RepositoryName {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  readonly repository: string;
}
