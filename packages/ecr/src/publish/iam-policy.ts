/** The least that a command needs of IAM, as a policy that can be attached. */

import { formatRepositoryArn, type RepositoryName } from '../connection/partition.ts';
import type { RepositorySettings } from '../repository/ensure-repository.ts';
import type { Transport } from './publish-target.ts';

/** What is going to be done to one or several repositories. */
export interface PolicyNeed {
  readonly command: 'publish' | 'dry-run' | 'repair' | 'scan' | 'lint';
  readonly repositories: readonly RepositoryName[];
  /** Whether repositories may have to be made. */
  readonly create?: boolean | undefined;
  readonly settings?: RepositorySettings | undefined;
  readonly transport?: Transport | undefined;
}

/** A policy of IAM. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: string | readonly string[];
  }[];
}

const reads = [
  'BatchCheckLayerAvailability',
  'BatchGetImage',
  'DescribeImages',
  'DescribeRepositories',
  'GetDownloadUrlForLayer',
];

const writes = ['CompleteLayerUpload', 'InitiateLayerUpload', 'PutImage', 'UploadLayerPart'];

const actionsOf: Readonly<Record<PolicyNeed['command'], readonly string[]>> = {
  'dry-run': reads,
  publish: [...reads, ...writes],
  repair: ['BatchGetImage', 'DescribeRepositories', 'PutImage'],
  scan: ['DescribeImageScanFindings'],
  lint: [],
};

/**
 * Writes the policy: the actions, each on the repositories that it is for, in the partition of their regions.
 *
 * @throws EcrError `REGION_INVALID`
 */
export function describePolicy(need: PolicyNeed): PolicyDocument {
  const { command, transport = 'auto' } = need;
  const names = [...actionsOf[command], ...(command === 'publish' ? listSettingActions(need) : [])];
  const Action = [...new Set(names)].sort().map((name) => `ecr:${name}`);
  const Resource = need.repositories.map(formatRepositoryArn);
  const repositories = { Sid: 'Repositories', Effect: 'Allow', Action, Resource } as const;
  const logsIn = (command === 'publish' || command === 'dry-run') && transport !== 'ecr-api';
  const login = {
    Sid: 'Login',
    Effect: 'Allow',
    Action: ['ecr:GetAuthorizationToken'],
    Resource: '*',
  } as const;
  return { Version: '2012-10-17', Statement: logsIn ? [repositories, login] : [repositories] };
}

function listSettingActions({ create = false, settings = {} }: PolicyNeed): readonly string[] {
  const { tagMutability, lifecyclePolicy, policy, tags } = settings;
  return [
    create && ['CreateRepository'],
    tagMutability !== undefined && ['PutImageTagMutability'],
    lifecyclePolicy !== undefined && ['GetLifecyclePolicy', 'PutLifecyclePolicy'],
    policy !== undefined && ['GetRepositoryPolicy', 'SetRepositoryPolicy'],
    tags !== undefined && ['ListTagsForResource', 'TagResource'],
  ].flatMap((names) => names || []);
}
