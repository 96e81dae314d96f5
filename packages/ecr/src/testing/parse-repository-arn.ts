/** Reads the ARNs of repositories. */

import { partitions, type RepositoryName } from '../connection/partition.ts';

/** What an ARN names; `undefined` for one that is not a repository's, in the partition of its region. */
export function parseRepositoryArn(arn: unknown): RepositoryName | undefined {
  const [, id, region = '', accountId = '', repository = ''] =
    /^arn:([a-z-]+):ecr:([a-z0-9-]+):(\d{12}):repository\/(.+)$/.exec(String(arn)) ?? [];
  const partition = partitions.find(({ regions }) => regions.test(region));
  return partition !== undefined && partition.id === id ? { region, accountId, repository } : undefined;
}
