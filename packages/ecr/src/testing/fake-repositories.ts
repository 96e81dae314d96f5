/** How the fake ECR makes repositories: for CreateRepository, and for a push that a creation template covers. */

import { formatRepositoryArn } from '../connection/partition.ts';
import { formatRegistryHost } from '../connection/registry-host.ts';
import type { StoredRegistry, StoredRepository, StoredTemplate } from './fake-store.ts';
import { invalidParameter } from './require.ts';

/** A tag, as ECR writes it. */
export interface KeyValue {
  readonly Key: string;
  readonly Value: string;
}

/** What a repository gets when it is made; ECR's defaults stand for the rest. */
export interface RepositoryToMake {
  readonly encryption?: unknown | undefined;
  readonly tags?: unknown | undefined;
  /** Holds `imageTagMutability` and `imageTagMutabilityExclusionFilters`. */
  readonly mutability: Readonly<Record<string, unknown>>;
  readonly scanOnPush?: boolean | undefined;
  readonly policyText?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
}

const namePattern = /^(?:[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;

/** Whether a repository can have the name. */
export function isRepositoryName(name: unknown): name is string {
  return typeof name === 'string' && name.length >= 2 && name.length <= 256 && namePattern.test(name);
}

/** Makes a repository of a name that is free. */
export function makeRepository(
  registry: StoredRegistry,
  name: string,
  { encryption, tags, mutability, scanOnPush = false, policyText, lifecyclePolicyText }: RepositoryToMake,
): StoredRepository {
  const { accountId, region } = registry;
  const repository: StoredRepository = {
    name,
    arn: formatRepositoryArn({ accountId, region, repository: name }),
    uri: `${formatRegistryHost({ accountId, region })}/${name}`,
    registryId: accountId,
    createdAt: new Date(),
    encryption: (encryption ?? { encryptionType: 'AES256' }) as Record<string, unknown>,
    resourceTags: new Map(((tags ?? []) as readonly KeyValue[]).map(({ Key, Value }) => [Key, Value])),
    ...readMutability(mutability),
    scanOnPush,
    policyText,
    lifecyclePolicyText,
    blobs: new Map(),
    archivedLayers: new Set(),
    images: new Map(),
    tags: new Map(),
    uploads: new Map(),
    scans: new Map(),
    scanned: new Set(),
  };
  registry.repositories.set(name, repository);
  return repository;
}

/** Reads how tags may move. */
export function readMutability(
  input: Readonly<Record<string, unknown>>,
): Pick<StoredRepository, 'tagMutability' | 'mutabilityExclusions'> {
  const filters = (input.imageTagMutabilityExclusionFilters ?? []) as readonly { readonly filter: string }[];
  const tagMutability = (input.imageTagMutability ?? 'MUTABLE') as string;
  if (filters.length > 5 || tagMutability.endsWith('_WITH_EXCLUSION') !== filters.length > 0) {
    throw invalidParameter(
      'imageTagMutabilityExclusionFilters',
      '1 to 5 with a mutability with exclusion, else none',
    );
  }
  return { tagMutability, mutabilityExclusions: filters.map(({ filter }) => filter) };
}

/** Makes the repository that is pushed to, where a template covers its name: with the settings of the template. */
export function createOnPush(registry: StoredRegistry, name: string): StoredRepository | undefined {
  const template = isRepositoryName(name) ? findTemplate(registry, name) : undefined;
  if (template === undefined) return undefined;
  const { settings } = template;
  return makeRepository(registry, name, {
    encryption: settings.encryptionConfiguration,
    tags: settings.resourceTags,
    mutability: settings,
    policyText: settings.repositoryPolicy as string | undefined,
    lifecyclePolicyText: settings.lifecyclePolicy as string | undefined,
  });
}

/** The longest prefix counts, of whole folders; `ROOT` stands for whatever has no other. */
function findTemplate({ templates }: StoredRegistry, name: string): StoredTemplate | undefined {
  const forPushes = [...templates.values()].filter(({ settings }) =>
    (settings.appliedFor as readonly string[]).includes('CREATE_ON_PUSH'),
  );
  const [longest] = forPushes
    .filter(({ prefix }) => name.startsWith(`${prefix.replace(/\/$/, '')}/`))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return longest ?? forPushes.find(({ prefix }) => prefix === 'ROOT');
}
