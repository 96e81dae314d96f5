/** Operations on repositories: making, describing, tags, policies, mutability. */

import { parseRepositoryArn } from '../connection/partition.ts';
import { EcrFailure } from './ecr-failure.ts';
import { assertNotPaged, cutPage } from './fake-pages.ts';
import { isRepositoryName, type KeyValue, makeRepository, readMutability } from './fake-repositories.ts';
import { findRepository, type StoredRepository } from './fake-store.ts';
import type { Input, Operation, OperationContext } from './operation.ts';
import { invalidParameter, requireJson, requireList } from './require.ts';

function createRepository(input: Input, { registry }: OperationContext) {
  const name = input.repositoryName;
  if (!isRepositoryName(name))
    throw invalidParameter('repositoryName', `must satisfy regular expression: ${name}`);
  if (registry.repositories.has(name)) {
    throw new EcrFailure(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${registry.accountId}'`,
    );
  }
  const scanning = input.imageScanningConfiguration as
    | { readonly scanOnPush?: boolean | undefined }
    | undefined;
  const repository = makeRepository(registry, name, {
    encryption: input.encryptionConfiguration,
    tags: input.tags,
    mutability: input,
    scanOnPush: scanning?.scanOnPush === true,
  });
  return { repository: describe(repository) };
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
    imageTagMutabilityExclusionFilters:
      mutabilityExclusions.length > 0
        ? mutabilityExclusions.map((filter) => ({ filterType: 'WILDCARD', filter }))
        : undefined,
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  };
}

function describeRepositories(input: Input, { registry }: OperationContext) {
  assertNotPaged(input, 'repositoryNames');
  if (input.repositoryNames !== undefined) {
    const names = requireList<string>(input, 'repositoryNames', 100);
    return { repositories: names.map((name) => describe(findRepository(registry, name))) };
  }
  const { items, next } = cutPage(input, registry.repositories.values(), {
    list: `repositories of ${registry.accountId} in ${registry.region}`,
    keyOf: ({ name }) => name,
  });
  return { repositories: items.map(describe), ...next };
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

function findByArn({ resourceArn }: Input, { registry }: OperationContext): StoredRepository {
  const named = parseRepositoryArn(resourceArn);
  if (named?.region === registry.region) return findRepository(registry, named.repository);
  throw invalidParameter('resourceArn', `Invalid ARN: ${resourceArn}`);
}

/** Operations on one repository that is named. */
const onRepository =
  (work: (repository: StoredRepository, input: Input) => Readonly<Record<string, unknown>>): Operation =>
  (input, { registry }) => {
    const repository = findRepository(registry, input.repositoryName);
    return { registryId: registry.accountId, repositoryName: repository.name, ...work(repository, input) };
  };

function requirePolicy({ policyText, name, registryId }: StoredRepository): string {
  if (policyText !== undefined) return policyText;
  throw new EcrFailure(
    'RepositoryPolicyNotFoundException',
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
  );
}

function requireLifecyclePolicy({ lifecyclePolicyText, name, registryId }: StoredRepository): string {
  if (lifecyclePolicyText !== undefined) return lifecyclePolicyText;
  throw new EcrFailure(
    'LifecyclePolicyNotFoundException',
    `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
  );
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
  UntagResource: (input, context) => {
    const { resourceTags } = findByArn(input, context);
    for (const key of requireList<string>(input, 'tagKeys', 200)) resourceTags.delete(key);
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
    const { scanOnPush = false } = input.imageScanningConfiguration as {
      readonly scanOnPush?: boolean | undefined;
    };
    repository.scanOnPush = scanOnPush;
    return { imageScanningConfiguration: { scanOnPush } };
  }),
  SetRepositoryPolicy: onRepository((repository, input) => {
    repository.policyText = requireJson(input.policyText, 'policyText');
    return { policyText: repository.policyText };
  }),
  GetRepositoryPolicy: onRepository((repository) => ({ policyText: requirePolicy(repository) })),
  DeleteRepositoryPolicy: onRepository((repository) => {
    const policyText = requirePolicy(repository);
    repository.policyText = undefined;
    return { policyText };
  }),
  PutLifecyclePolicy: onRepository((repository, input) => {
    repository.lifecyclePolicyText = requireJson(input.lifecyclePolicyText, 'lifecyclePolicyText');
    return { lifecyclePolicyText: repository.lifecyclePolicyText };
  }),
  GetLifecyclePolicy: onRepository((repository) => ({
    lifecyclePolicyText: requireLifecyclePolicy(repository),
  })),
  DeleteLifecyclePolicy: onRepository((repository) => {
    const lifecyclePolicyText = requireLifecyclePolicy(repository);
    repository.lifecyclePolicyText = undefined;
    return { lifecyclePolicyText };
  }),
};
