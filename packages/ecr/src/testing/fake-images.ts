/** How the fake ECR takes and gives images: manifests, tags, immutability, and what a manifest refers to. */

import { matchesWildcard } from '../repository/matches-wildcard.ts';
import { EcrFailure } from './ecr-failure.ts';
import { digestOf, type StoredImage, type StoredRepository } from './fake-store.ts';
import { invalidParameter } from './require.ts';

const manifestLimitBytes = 4_194_304;
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

/** An image that is to be put. */
export interface ImageToPut {
  readonly manifest: string;
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** Puts an image, or throws what ECR throws. A tag that has it already is `ImageAlreadyExistsException`. */
export function putImage(repository: StoredRepository, wanted: ImageToPut): StoredImage {
  const { manifest, tag } = wanted;
  if (Buffer.byteLength(manifest) > manifestLimitBytes)
    throw invalidParameter('imageManifest', 'is too long');
  const parsed = readManifest(manifest);
  const mediaType = wanted.mediaType ?? parsed.mediaType;
  if (mediaType === undefined)
    throw invalidParameter('imageManifestMediaType', 'must be given for this manifest');
  const digest = digestOf(manifest);
  if (wanted.digest !== undefined && wanted.digest !== digest) {
    throw new EcrFailure(
      'ImageDigestDoesNotMatchException',
      `The image digest '${wanted.digest}' does not match the digest '${digest}' that was calculated`,
    );
  }
  if (tag !== undefined && !tagPattern.test(tag)) throw invalidParameter('imageTag', tag);
  assertReferences(repository, parsed);
  assertTag(repository, { tag, digest });
  const image = repository.images.get(digest) ?? { digest, manifest, mediaType, pushedAt: new Date() };
  repository.images.set(digest, image);
  if (tag !== undefined) repository.tags.set(tag, digest);
  return image;
}

/** Finds an image by a tag or a digest. */
export function findImage(repository: StoredRepository, tagOrDigest: string): StoredImage | undefined {
  const digest = tagOrDigest.startsWith('sha256:') ? tagOrDigest : repository.tags.get(tagOrDigest);
  return digest === undefined ? undefined : repository.images.get(digest);
}

/** An image, by a tag, a digest or both. */
export interface ImageId {
  readonly imageTag?: string | undefined;
  readonly imageDigest?: string | undefined;
}

/** Why an operation on many images leaves one out. */
export interface ImageFailure {
  readonly failureCode: string;
  readonly failureReason: string;
}

const tagPattern = /^[A-Za-z0-9_][\w.-]{0,127}$/;

/** Finds an image by what names it. */
export function resolveImage(
  repository: StoredRepository,
  { imageTag, imageDigest }: ImageId,
): StoredImage | ImageFailure {
  const fail = (failureCode: string, failureReason: string) => ({ failureCode, failureReason });
  if (imageDigest !== undefined && !/^[\w.+-]+:[a-fA-F0-9]+$/.test(imageDigest)) {
    return fail(
      'InvalidImageDigest',
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    );
  }
  if (imageTag !== undefined && !tagPattern.test(imageTag))
    return fail('InvalidImageTag', 'Invalid request parameters: invalid image tag');
  const name = imageDigest ?? imageTag;
  if (name === undefined) {
    return fail('MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null');
  }
  const image = findImage(repository, name);
  if (image === undefined) return fail('ImageNotFound', 'Requested image not found');
  if (imageDigest !== undefined && imageTag !== undefined && repository.tags.get(imageTag) !== imageDigest) {
    return fail('ImageTagDoesNotMatchDigest', 'Requested tag does not match the digest');
  }
  return image;
}

/** Finds an image that a request is about, or throws what ECR throws. */
export function requireImage(repository: StoredRepository, imageId: unknown): StoredImage {
  if (typeof imageId !== 'object' || imageId === null)
    throw invalidParameter('imageId', 'Member must not be null');
  const image = resolveImage(repository, imageId);
  if (!('failureCode' in image)) return image;
  if (image.failureCode !== 'ImageNotFound') throw invalidParameter('imageId', image.failureReason);
  throw new EcrFailure(
    'ImageNotFoundException',
    `The image with imageId ${JSON.stringify(imageId)} does not exist within the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
  );
}

/** By its digest, once for each tag. */
export function nameImage(
  repository: StoredRepository,
  imageDigest: string,
  tags?: readonly string[],
): readonly ImageId[] {
  const named = tags ?? listTags(repository, imageDigest);
  return named.length === 0 ? [{ imageDigest }] : named.map((imageTag) => ({ imageDigest, imageTag }));
}

/** Takes one tag away, or all of them; an image goes with its last tag. */
export function deleteImage(
  repository: StoredRepository,
  imageId: ImageId,
): readonly ImageId[] | ImageFailure {
  const image = resolveImage(repository, imageId);
  if ('failureCode' in image) return image;
  const { digest } = image;
  const all = listTags(repository, digest);
  const tags = imageId.imageTag === undefined ? all : [imageId.imageTag];
  if (tags.length === all.length) {
    const indexes = listIndexes(repository, digest);
    if (indexes.length > 0) {
      return {
        failureCode: 'ImageReferencedByManifestList',
        failureReason: `Requested image referenced by manifest list: [${indexes.join(', ')}]`,
      };
    }
    repository.images.delete(digest);
    repository.scans.delete(digest);
    repository.scanned.delete(digest);
  }
  for (const tag of tags) repository.tags.delete(tag);
  return nameImage(repository, digest, tags);
}

/** The digests of the indexes that name an image. */
function listIndexes({ images }: StoredRepository, digest: string): readonly string[] {
  return [...images.values()]
    .filter(({ manifest }) => readManifest(manifest).manifests?.some((entry) => entry.digest === digest))
    .map((index) => index.digest);
}

/** The tags that point at an image. */
export function listTags(repository: StoredRepository, digest: string): string[] {
  return [...repository.tags].filter(([, target]) => target === digest).map(([tag]) => tag);
}

/**
 * Gives an image in a form that the client accepts: by tag, ECR turns an OCI manifest into a Docker one and
 * back; by digest it never does.
 */
export function translateImage(
  image: StoredImage,
  accepted: readonly string[],
  byTag: boolean,
): Pick<StoredImage, 'digest' | 'manifest' | 'mediaType'> {
  if (!byTag || accepted.length === 0 || accepted.includes(image.mediaType) || accepted.includes('*/*'))
    return image;
  const target = image.mediaType === ociManifest ? dockerManifest : ociManifest;
  if (![ociManifest, dockerManifest].includes(image.mediaType) || !accepted.includes(target)) return image;
  const manifest = renameTypes(image.manifest, target);
  return { digest: digestOf(manifest), manifest, mediaType: target };
}

const typePairs = [
  [ociManifest, dockerManifest],
  ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
] as const;

function renameTypes(manifest: string, target: string): string {
  return typePairs.reduce(
    (text, [oci, docker]) =>
      target === dockerManifest
        ? text.replaceAll(`"${oci}"`, `"${docker}"`)
        : text.replaceAll(`"${docker}"`, `"${oci}"`),
    manifest,
  );
}

interface ParsedManifest {
  readonly mediaType?: string | undefined;
  readonly config?: { readonly digest: string; readonly mediaType?: string | undefined } | undefined;
  readonly layers?: readonly { readonly digest: string; readonly size?: number | undefined }[] | undefined;
  readonly manifests?: readonly { readonly digest: string }[] | undefined;
}

/** Reads a manifest, or throws what ECR throws. */
export function readManifest(manifest: string): ParsedManifest {
  try {
    const parsed: unknown = JSON.parse(manifest);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // The same answer as for JSON of another shape.
  }
  throw invalidParameter('imageManifest', 'Invalid JSON syntax');
}

function assertReferences(repository: StoredRepository, manifest: ParsedManifest): void {
  const blobs = [manifest.config, ...(manifest.layers ?? [])].flatMap((entry) =>
    entry ? [entry.digest] : [],
  );
  const missing = blobs.filter((digest) => !repository.blobs.has(digest));
  const where = `into repository with name '${repository.name}' in the registry with id '${repository.registryId}'`;
  if (missing.length > 0) {
    throw new EcrFailure(
      'LayersNotFoundException',
      `Layers with digests '[${missing.join(', ')}]' required for pushing image ${where} do not exist`,
    );
  }
  const images = (manifest.manifests ?? []).filter(({ digest }) => !repository.images.has(digest));
  if (images.length > 0) {
    throw new EcrFailure(
      'ReferencedImagesNotFoundException',
      `Images with digests '[${images.map(({ digest }) => digest).join(', ')}]' required for pushing image ${where} do not exist`,
    );
  }
}

function assertTag(
  repository: StoredRepository,
  { tag, digest }: { readonly tag: string | undefined; readonly digest: string },
): void {
  const current = tag === undefined ? undefined : repository.tags.get(tag);
  const known = tag === undefined ? repository.images.has(digest) : current === digest;
  if (known) {
    throw new EcrFailure(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}' and tag '${tag}' already exists in the repository with name '${repository.name}' in registry with id '${repository.registryId}'`,
    );
  }
  if (tag === undefined || current === undefined || !isImmutable(repository, tag)) return;
  throw new EcrFailure(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

function isImmutable({ tagMutability, mutabilityExclusions }: StoredRepository, tag: string): boolean {
  const excluded = mutabilityExclusions.some((filter) => matchesWildcard(filter, tag));
  if (tagMutability === 'IMMUTABLE') return true;
  if (tagMutability === 'IMMUTABLE_WITH_EXCLUSION') return !excluded;
  return tagMutability === 'MUTABLE_WITH_EXCLUSION' && excluded;
}
