/** Operations on images: putting, reading, describing, listing, deleting. */

import {
  deleteImage,
  type ImageId,
  listTags,
  nameImage,
  putImage,
  readManifest,
  requireImage,
  resolveImage,
  translateImage,
} from './fake-images.ts';
import { assertNotPaged, cutPage, readImageFilter } from './fake-pages.ts';
import { findRepository, type StoredImage, type StoredRepository } from './fake-store.ts';
import type { Input, Operation, OperationContext } from './operation.ts';
import { requireList } from './require.ts';

function put(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const text = (name: string) => input[name] as string | undefined;
  const tag = text('imageTag');
  const image = putImage(repository, {
    manifest: text('imageManifest') ?? '',
    mediaType: text('imageManifestMediaType'),
    tag,
    digest: text('imageDigest'),
  });
  return { image: showImage(repository, image, { imageDigest: image.digest, imageTag: tag }) };
}

function showImage(
  { registryId, name }: StoredRepository,
  { manifest, mediaType }: Pick<StoredImage, 'manifest' | 'mediaType'>,
  imageId: ImageId,
) {
  return {
    registryId,
    repositoryName: name,
    imageId,
    imageManifest: manifest,
    imageManifestMediaType: mediaType,
  };
}

function batchGetImage(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const accepted = (input.acceptedMediaTypes ?? []) as readonly string[];
  const images: unknown[] = [];
  const failures: unknown[] = [];
  for (const imageId of requireList<ImageId>(input, 'imageIds', 100)) {
    const image = resolveImage(repository, imageId);
    if ('failureCode' in image) {
      failures.push({ imageId, ...image });
      continue;
    }
    const given = translateImage(image, accepted, imageId.imageDigest === undefined);
    images.push(showImage(repository, given, { ...imageId, imageDigest: given.digest }));
  }
  return { images, failures };
}

function describeImages(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  assertNotPaged(input, 'imageIds');
  const isWanted = readImageFilter(input);
  const wanted = (
    input.imageIds === undefined
      ? [...repository.images.values()]
      : requireList(input, 'imageIds', 100).map((imageId) => requireImage(repository, imageId))
  ).filter(({ digest }) => isWanted({ isTagged: listTags(repository, digest).length > 0 }));
  if (input.imageIds !== undefined) {
    return { imageDetails: wanted.map((image) => describeImage(repository, image)) };
  }
  const { items, next } = cutPage(input, wanted, {
    list: `descriptions of ${repository.arn}`,
    keyOf: ({ digest }) => digest,
  });
  return { imageDetails: items.map((image) => describeImage(repository, image)), ...next };
}

function describeImage(repository: StoredRepository, { digest, manifest, mediaType, pushedAt }: StoredImage) {
  const { layers = [], config } = readManifest(manifest);
  const tags = listTags(repository, digest);
  const [scan] = repository.scans.get(digest) ?? [];
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageDigest: digest,
    imageTags: tags.length > 0 ? tags : undefined,
    imageSizeInBytes: layers.reduce((sum, { size = 0 }) => sum + size, 0),
    imagePushedAt: pushedAt.getTime() / 1000,
    imageManifestMediaType: mediaType,
    artifactMediaType: config?.mediaType,
    imageScanStatus: scan && { status: scan.status, description: scan.description },
    imageStatus: 'ACTIVE',
  };
}

function listImages(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const isWanted = readImageFilter(input);
  const imageIds = [...repository.images.keys()]
    .flatMap((digest) => nameImage(repository, digest))
    .filter(({ imageTag }) => isWanted({ isTagged: imageTag !== undefined }));
  const { items, next } = cutPage(input, imageIds, {
    list: `images of ${repository.arn}`,
    keyOf: ({ imageDigest, imageTag = '' }) => `${imageDigest} ${imageTag}`,
  });
  return { imageIds: items, ...next };
}

function batchDeleteImage(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const deleted: ImageId[] = [];
  const failures: unknown[] = [];
  for (const imageId of requireList<ImageId>(input, 'imageIds', 100)) {
    const outcome = deleteImage(repository, imageId);
    if ('failureCode' in outcome) failures.push({ imageId, ...outcome });
    else deleted.push(...outcome);
  }
  return { imageIds: deleted, failures };
}

/** By name. */
export const imageOperations: Readonly<Record<string, Operation>> = {
  PutImage: put,
  BatchGetImage: batchGetImage,
  BatchDeleteImage: batchDeleteImage,
  DescribeImages: describeImages,
  ListImages: listImages,
};
