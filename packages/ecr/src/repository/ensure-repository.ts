/** Makes a repository as it is wanted: what is there already is left alone, so it can be called again and by several at once. */

import type { CreateRepositoryCommandInput, Repository } from '@aws-sdk/client-ecr';
import { type Connection, unless } from '../connection/connection.ts';
import { EcrError } from '../errors.ts';
import { assertRepositoryName } from './assert-names.ts';
import { matchesWildcard } from './matches-wildcard.ts';
import { mergePolicy, type PolicyStatement, sameJson } from './merge-policy.ts';

/** The settings of a repository. What is left out is not touched, and for a new repository AWS's default. */
export interface RepositorySettings {
  /** Whether a tag stays with its image, and which tags (`*` stands for any characters) are the exception. */
  readonly tagMutability?:
    | { readonly immutable: boolean; readonly except?: readonly string[] | undefined }
    | undefined;
  /** Can be chosen only when the repository is made. */
  readonly encryption?:
    | { readonly type: 'AES256' | 'KMS' | 'KMS_DSSE'; readonly kmsKey?: string | undefined }
    | undefined;
  /** The document that PutLifecyclePolicy takes. */
  readonly lifecyclePolicy?: object | undefined;
  /** Merged by `Sid` into the policy that is there. */
  readonly policy?: readonly PolicyStatement[] | undefined;
  /** Others than these stay. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** A repository by its name, in the registry of the caller's account unless another is named. */
export interface RepositoryAddress {
  readonly repository: string;
  /** Twelve digits. */
  readonly registryId?: string | undefined;
}

/** A repository that is there. */
export interface EcrRepository {
  readonly name: string;
  /** For example `123456789012.dkr.ecr.us-east-1.amazonaws.com/iris`. */
  readonly uri: string;
  readonly registryId: string;
  /** Whether a tag may be moved to another image. */
  canMoveTag(tag: string): boolean;
}

interface Call extends RepositoryAddress {
  readonly connection: Connection;
  readonly signal?: AbortSignal | undefined;
}

/** How a repository is ensured. */
export interface EnsureOptions {
  readonly settings?: RepositorySettings | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Makes the repository in another way, where CreateRepository is denied; throws when it cannot. */
  readonly createInstead?: ((denied: EcrError) => Promise<void>) | undefined;
}

/**
 * Finds or makes the repository and brings it to the settings. Runs of several at once end with the statements of all
 * of them in the policy.
 *
 * @throws EcrError `REPOSITORY_CONFLICT` for an encryption that an existing repository does not have,
 *   `POLICY_INVALID`, or what the calls throw.
 */
export async function ensureRepository(
  connection: Connection,
  address: RepositoryAddress,
  { settings = {}, signal, createInstead }: EnsureOptions = {},
): Promise<EcrRepository & { readonly created: boolean }> {
  const call: Call = { connection, signal, ...address };
  const found = await findDescription(call);
  const { made, created } =
    found === undefined ? await makeRepository(call, settings, createInstead) : { created: false };
  const description = found ?? made ?? (await requireDescription(call));
  if (made === undefined) await adjustRepository(call, description, settings);
  await putLifecyclePolicy(call, settings);
  await putPolicy(call, settings);
  return { ...readRepository(description), created };
}

/** Leaves `made` out when someone else has created it in the meantime, or when it was made in the other way. */
async function makeRepository(
  call: Call,
  settings: RepositorySettings,
  createInstead: EnsureOptions['createInstead'],
): Promise<{ readonly made?: Repository | undefined; readonly created: boolean }> {
  try {
    const made = await createRepository(call, settings);
    return made === undefined ? { created: false } : { made, created: true };
  } catch (error) {
    if (createInstead === undefined || (error as EcrError).code !== 'ACCESS_DENIED') throw error;
    await createInstead(error as EcrError);
    return { created: true };
  }
}

/** Finds a repository; `undefined` when there is none. */
export async function findRepository(
  connection: Connection,
  { signal, ...address }: RepositoryAddress & { readonly signal?: AbortSignal | undefined },
): Promise<EcrRepository | undefined> {
  const description = await findDescription({ connection, signal, ...address });
  return description === undefined ? undefined : readRepository(description);
}

function readRepository(description: Repository): EcrRepository {
  const { repositoryName = '', repositoryUri = '', registryId = '' } = description;
  const filters = description.imageTagMutabilityExclusionFilters ?? [];
  return {
    name: repositoryName,
    uri: repositoryUri,
    registryId,
    canMoveTag(tag) {
      const excepted = filters.some(({ filter = '' }) => matchesWildcard(filter, tag));
      const immutable = description.imageTagMutability?.startsWith('IMMUTABLE') === true;
      return immutable === excepted;
    },
  };
}

async function findDescription(call: Call): Promise<Repository | undefined> {
  const { connection, repository, registryId, signal } = call;
  const input = { repositoryNames: [repository], registryId };
  const asked = connection.call('DescribeRepositories', input, { signal });
  return (await unless('RepositoryNotFoundException', asked))?.repositories?.[0];
}

async function requireDescription(call: Call): Promise<Repository> {
  const description = await findDescription(call);
  if (description !== undefined) return description;
  throw new EcrError(
    'REPOSITORY_MISSING',
    `the repository "${call.repository}" existed a moment ago and is gone: someone is deleting it; run again when that is done`,
    { repository: call.repository },
  );
}

/** Makes the repository; `undefined` when someone else has just created it. */
async function createRepository(call: Call, settings: RepositorySettings): Promise<Repository | undefined> {
  const { connection, repository, registryId, signal } = call;
  assertRepositoryName(repository);
  const { encryption, tags } = settings;
  const input: CreateRepositoryCommandInput = {
    repositoryName: repository,
    registryId,
    ...describeMutability(settings),
    encryptionConfiguration: encryption && { encryptionType: encryption.type, kmsKey: encryption.kmsKey },
    tags: tags && listTags(tags),
  };
  const made = connection.call('CreateRepository', input, { signal });
  return (await unless('RepositoryAlreadyExistsException', made))?.repository;
}

function describeMutability({ tagMutability }: RepositorySettings) {
  if (tagMutability === undefined) return undefined;
  const { immutable, except = [] } = tagMutability;
  const mutability = immutable ? 'IMMUTABLE' : 'MUTABLE';
  if (except.length === 0) return { imageTagMutability: mutability } as const;
  return {
    imageTagMutability: `${mutability}_WITH_EXCLUSION`,
    imageTagMutabilityExclusionFilters: except.map((filter) => ({ filterType: 'WILDCARD' as const, filter })),
  } as const;
}

function listTags(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

async function adjustRepository(call: Call, found: Repository, settings: RepositorySettings): Promise<void> {
  const { connection, repository, registryId, signal } = call;
  assertEncryption(found, settings);
  const wanted = describeMutability(settings);
  const { imageTagMutability, imageTagMutabilityExclusionFilters } = found;
  const current = { imageTagMutability, imageTagMutabilityExclusionFilters };
  if (wanted !== undefined && !sameJson(wanted, JSON.parse(JSON.stringify(current)))) {
    const input = { repositoryName: repository, registryId, ...wanted };
    await connection.call('PutImageTagMutability', input, { signal });
  }
  await putTags(call, found.repositoryArn, settings);
}

function assertEncryption(found: Repository, { encryption }: RepositorySettings): void {
  const { encryptionType = 'AES256', kmsKey } = found.encryptionConfiguration ?? {};
  if (encryption === undefined) return;
  const sameKey =
    encryption.kmsKey === undefined || kmsKey === undefined || isSameKey(encryption.kmsKey, kmsKey);
  if (encryption.type === encryptionType && sameKey) return;
  throw new EcrError(
    'REPOSITORY_CONFLICT',
    `the repository "${found.repositoryName}" is encrypted with ${encryptionType}${kmsKey ? ` and ${kmsKey}` : ''}, not with ${encryption.type}${encryption.kmsKey ? ` and ${encryption.kmsKey}` : ''}: CreateRepository or a creation template fixes it for good; use another name`,
    { repository: found.repositoryName ?? '' },
  );
}

/** ECR answers with the key's ARN, whether an ARN, an id or an alias was given; an alias cannot be compared. */
function isSameKey(given: string, found: string): boolean {
  return found.endsWith(given) || given.includes('alias/');
}

async function putTags(
  call: Call,
  resourceArn: string | undefined,
  { tags = {} }: RepositorySettings,
): Promise<void> {
  if (Object.keys(tags).length === 0 || resourceArn === undefined) return;
  const { connection, signal } = call;
  const listed = await connection.call('ListTagsForResource', { resourceArn }, { signal });
  const current = new Map(listed.tags?.map(({ Key, Value }) => [Key, Value]));
  const changed = Object.entries(tags).filter(([key, value]) => current.get(key) !== value);
  if (changed.length === 0) return;
  const input = { resourceArn, tags: listTags(Object.fromEntries(changed)) };
  await connection.call('TagResource', input, { signal });
}

async function putLifecyclePolicy(call: Call, { lifecyclePolicy }: RepositorySettings): Promise<void> {
  if (lifecyclePolicy === undefined) return;
  const { connection, repository, registryId, signal } = call;
  const address = { repositoryName: repository, registryId };
  const asked = connection.call('GetLifecyclePolicy', address, { signal });
  const found = await unless('LifecyclePolicyNotFoundException', asked);
  if (sameJson(JSON.parse(found?.lifecyclePolicyText ?? 'null'), lifecyclePolicy)) return;
  const lifecyclePolicyText = JSON.stringify(lifecyclePolicy);
  await connection.call('PutLifecyclePolicy', { ...address, lifecyclePolicyText }, { signal });
}

/** How often the policy is read again after it was set: someone else may have replaced it in between. */
const policyRounds = 5;

async function putPolicy(call: Call, { policy = [] }: RepositorySettings): Promise<void> {
  if (policy.length === 0) return;
  const { connection, repository, registryId, signal } = call;
  const address = { repositoryName: repository, registryId };
  for (let round = 0; round < policyRounds; round += 1) {
    const asked = connection.call('GetRepositoryPolicy', address, { signal });
    const found = await unless('RepositoryPolicyNotFoundException', asked);
    const policyText = mergePolicy(found?.policyText, policy);
    if (policyText === undefined) return;
    await connection.call('SetRepositoryPolicy', { ...address, policyText }, { signal });
  }
  throw new EcrError(
    'REPOSITORY_CONFLICT',
    `someone else replaced the policy of "${repository}" ${policyRounds} times in a row: run again later`,
    { repository },
  );
}
