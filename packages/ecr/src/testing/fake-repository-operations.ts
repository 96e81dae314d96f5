/** Operations on repositories: making, describing, tags, policies, mutability. */

import { EcrFailure } from './ecr-failure.ts';
import type { Input, Operation, OperationContext } from './fake-operations.ts';
import { findRepository, type StoredRepository } from './fake-store.ts';
import { requireList } from './require-list.ts';

interface KeyValue {
  readonly Key: string;
  readonly Value: string;
}

const namePattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;

function createRepository(input: Input, { registry }: OperationContext) {
  const name = input.repositoryName;
  if (typeof name !== 'string' || name.length < 2 || name.length > 256 || !namePattern.test(name)) {
    throw new EcrFailure(
      'InvalidParameterException',
      `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression': '${name}'`,
    );
  }
  if (registry.repositories.has(name)) {
    throw new EcrFailure(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${registry.accountId}'`,
    );
  }
  const repository = makeRepository(name, input, registry);
  registry.repositories.set(name, repository);
  return { repository: describe(repository) };
}

function makeRepository(
  name: string,
  input: Input,
  { accountId, region }: OperationContext['registry'],
): StoredRepository {
  const tags = (input.tags ?? []) as readonly KeyValue[];
  const scanning = input.imageScanningConfiguration as { readonly scanOnPush?: boolean } | undefined;
  return {
    name,
    arn: `arn:aws:ecr:${region}:${accountId}:repository/${name}`,
    uri: `${accountId}.dkr.ecr.${region}.amazonaws.com/${name}`,
    registryId: accountId,
    createdAt: new Date(),
    encryption: (input.encryptionConfiguration ?? { encryptionType: 'AES256' }) as Record<string, unknown>,
    resourceTags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
    ...readMutability(input),
    scanOnPush: scanning?.scanOnPush === true,
    policyText: undefined,
    lifecyclePolicyText: undefined,
    blobs: new Map(),
    archivedLayers: new Set(),
    images: new Map(),
    tags: new Map(),
    uploads: new Map(),
    scans: new Map(),
  };
}

function readMutability(input: Input) {
  const filters = (input.imageTagMutabilityExclusionFilters ?? []) as readonly { readonly filter: string }[];
  const tagMutability = (input.imageTagMutability ?? 'MUTABLE') as string;
  if (filters.length > 5 || tagMutability.endsWith('_WITH_EXCLUSION') !== filters.length > 0) {
    throw new EcrFailure(
      'InvalidParameterException',
      `Invalid parameter at 'imageTagMutabilityExclusionFilters': 1 to 5 with a mutability with exclusion, else none`,
    );
  }
  return { tagMutability, mutabilityExclusions: filters.map(({ filter }) => filter) };
}

function describe(repository: StoredRepository) {
  const { mutabilityExclusions } = repository;
  return {
    repositoryArn: repository.arn,
    registryId: repository.registryId,
    repositoryName: repository.name,
    repositoryUri: repository.uri,
    createdAt: repository.createdAt.getTime() / 1000,
    imageTagMutability: repository.tagMutability,
    ...(mutabilityExclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: mutabilityExclusions.map((filter) => ({
        filterType: 'WILDCARD',
        filter,
      })),
    }),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  };
}

function describeRepositories(input: Input, { registry }: OperationContext) {
  const names =
    input.repositoryNames === undefined
      ? [...registry.repositories.keys()]
      : requireList<string>(input, 'repositoryNames', 100);
  return { repositories: names.map((name) => describe(findRepository(registry, name))) };
}

function deleteRepository(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  if (repository.images.size > 0 && input.force !== true) {
    throw new EcrFailure(
      'RepositoryNotEmptyException',
      `The repository with name '${repository.name}' in registry with id '${registry.accountId}' cannot be deleted because it still contains images`,
    );
  }
  registry.repositories.delete(repository.name);
  return { repository: describe(repository) };
}

function findByArn(input: Input, { registry }: OperationContext): StoredRepository {
  return findRepository(registry, String(input.resourceArn).replace(/^.*:repository\//, ''));
}

/** Operations on one repository that is named. */
const onRepository =
  (work: (repository: StoredRepository, input: Input) => Readonly<Record<string, unknown>>): Operation =>
  (input, { registry }) => {
    const repository = findRepository(registry, input.repositoryName);
    return { registryId: registry.accountId, repositoryName: repository.name, ...work(repository, input) };
  };

function requireText(
  text: string | undefined,
  type: string,
  what: string,
  { name, registryId }: StoredRepository,
): string {
  if (text !== undefined) return text;
  throw new EcrFailure(
    type,
    `${what} does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

/** An answer, or ECR's message for a text that is not JSON. */
function requireJson(text: unknown, parameter: string): string {
  try {
    JSON.parse(String(text));
    return String(text);
  } catch {
    throw new EcrFailure('InvalidParameterException', `Invalid parameter at '${parameter}': Invalid JSON`);
  }
}

/** By name. */
export const repositoryOperations: Readonly<Record<string, Operation>> = {
  CreateRepository: createRepository,
  DescribeRepositories: describeRepositories,
  DeleteRepository: deleteRepository,
  TagResource: (input, context) => {
    const { resourceTags } = findByArn(input, context);
    for (const { Key, Value } of requireList<KeyValue>(input, 'tags', 50)) resourceTags.set(Key, Value);
    return {};
  },
  ListTagsForResource: (input, context) => ({
    tags: [...findByArn(input, context).resourceTags].map(([Key, Value]) => ({ Key, Value })),
  }),
  PutImageTagMutability: onRepository((repository, input) => {
    Object.assign(repository, readMutability(input));
    return { imageTagMutability: repository.tagMutability };
  }),
  PutImageScanningConfiguration: onRepository((repository, input) => {
    const { scanOnPush = false } = input.imageScanningConfiguration as { readonly scanOnPush?: boolean };
    repository.scanOnPush = scanOnPush;
    return { imageScanningConfiguration: { scanOnPush } };
  }),
  SetRepositoryPolicy: onRepository((repository, input) => {
    repository.policyText = requireJson(input.policyText, 'policyText');
    return { policyText: repository.policyText };
  }),
  GetRepositoryPolicy: onRepository((repository) => ({
    policyText: requireText(
      repository.policyText,
      'RepositoryPolicyNotFoundException',
      'Repository policy',
      repository,
    ),
  })),
  PutLifecyclePolicy: onRepository((repository, input) => {
    repository.lifecyclePolicyText = requireJson(input.lifecyclePolicyText, 'lifecyclePolicyText');
    return { lifecyclePolicyText: repository.lifecyclePolicyText };
  }),
  GetLifecyclePolicy: onRepository((repository) => ({
    lifecyclePolicyText: requireText(
      repository.lifecyclePolicyText,
      'LifecyclePolicyNotFoundException',
      'Lifecycle policy',
      repository,
    ),
  })),
};
