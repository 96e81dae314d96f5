/** What the fake ECR stores: one store, behind the JSON API and the registry API alike. */

import { createHash, randomUUID } from 'node:crypto';
import { EcrFailure } from './ecr-failure.ts';

/** An image, as it was put. */
export interface StoredImage {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly pushedAt: Date;
}

/** A layer upload that is under way. */
export interface StoredUpload {
  readonly id: string;
  readonly parts: Buffer[];
  sizeBytes: number;
  /** Of the first chunk only: what a stale `Range` of the registry API goes on saying. */
  firstPartBytes: number;
  /** A part that is too small was followed by another. */
  hasSmallPart: boolean;
  /** A PUT failed on it: ECR's registry API takes no second one. */
  spent: boolean;
}

/** A scan of an image, as DescribeImageScanFindings tells it. */
export interface StoredScan {
  readonly status: string;
  readonly description?: string | undefined;
  readonly findings?: Readonly<Record<string, unknown>> | undefined;
}

/** A repository and everything in it. */
export interface StoredRepository {
  readonly name: string;
  readonly arn: string;
  readonly uri: string;
  readonly registryId: string;
  readonly createdAt: Date;
  readonly encryption: Readonly<Record<string, unknown>>;
  readonly resourceTags: Map<string, string>;
  tagMutability: string;
  mutabilityExclusions: readonly string[];
  scanOnPush: boolean;
  policyText: string | undefined;
  lifecyclePolicyText: string | undefined;
  readonly blobs: Map<string, Buffer>;
  /** Digests of layers that are in the archive storage class. */
  readonly archivedLayers: Set<string>;
  readonly images: Map<string, StoredImage>;
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, StoredUpload>;
  /** By image digest: what the next calls answer, the last one for ever. */
  readonly scans: Map<string, StoredScan[]>;
  /** Digests of images that StartImageScan has taken: each is scanned once. */
  readonly scanned: Set<string>;
}

/** A repository creation template. */
export interface StoredTemplate {
  /** As it was given, perhaps with a slash at its end; or `ROOT`. */
  readonly prefix: string;
  /** By the names that CreateRepositoryCreationTemplate has for them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The registry of one account in one region. */
export interface StoredRegistry {
  readonly accountId: string;
  readonly region: string;
  readonly repositories: Map<string, StoredRepository>;
  /** By prefix. */
  readonly templates: Map<string, StoredTemplate>;
}

/** Creates the store; a registry comes into being when it is first asked for. */
export function createStore(): (accountId: string, region: string) => StoredRegistry {
  const registries = new Map<string, StoredRegistry>();
  return (accountId, region) => {
    const key = `${accountId}/${region}`;
    const registry = registries.get(key) ?? {
      accountId,
      region,
      repositories: new Map(),
      templates: new Map(),
    };
    registries.set(key, registry);
    return registry;
  };
}

/** Finds a repository. */
export function findRepository(registry: StoredRegistry, name: unknown): StoredRepository {
  const found = typeof name === 'string' ? registry.repositories.get(name) : undefined;
  if (found !== undefined) return found;
  throw new EcrFailure(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registry.accountId}'`,
  );
}

/** Begins an upload. */
export function beginUpload(repository: StoredRepository): StoredUpload {
  const upload: StoredUpload = {
    id: randomUUID(),
    parts: [],
    sizeBytes: 0,
    firstPartBytes: 0,
    hasSmallPart: false,
    spent: false,
  };
  repository.uploads.set(upload.id, upload);
  return upload;
}

/** The digest of bytes, as images name it. */
export function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
