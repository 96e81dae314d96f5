/** Operations on images: putting, reading, describing, deleting, and their scans. */

import { EcrFailure } from './ecr-failure.ts';
import { findImage, listTags, putImage, translateImage } from './fake-images.ts';
import type { Input, Operation, OperationContext } from './fake-operations.ts';
import { findRepository, type StoredImage, type StoredRepository } from './fake-store.ts';
import { requireList } from './require-list.ts';

interface ImageId {
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

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
  return {
    image: showImage(repository, image, {
      imageDigest: image.digest,
      ...(tag !== undefined && { imageTag: tag }),
    }),
  };
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
    const { image, failureCode } = resolveImage(repository, imageId);
    if (image === undefined) {
      failures.push({ imageId, failureCode, failureReason: 'Requested image not found' });
      continue;
    }
    const given = translateImage(image, accepted, imageId.imageDigest === undefined);
    images.push(showImage(repository, given, { ...imageId, imageDigest: given.digest }));
  }
  return { images, failures };
}

function resolveImage(
  repository: StoredRepository,
  { imageTag, imageDigest }: ImageId,
): { readonly image?: StoredImage; readonly failureCode?: string } {
  const name = imageDigest ?? imageTag;
  if (name === undefined) return { failureCode: 'MissingDigestAndTag' };
  const image = findImage(repository, name);
  if (image === undefined) return { failureCode: 'ImageNotFound' };
  if (imageDigest !== undefined && imageTag !== undefined && repository.tags.get(imageTag) !== imageDigest) {
    return { failureCode: 'ImageTagDoesNotMatchDigest' };
  }
  return { image };
}

function describeImages(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const wanted =
    input.imageIds === undefined
      ? [...repository.images.values()]
      : requireList<ImageId>(input, 'imageIds', 100).map((imageId) => requireImage(repository, imageId));
  return { imageDetails: wanted.map((image) => describeImage(repository, image)) };
}

function describeImage(repository: StoredRepository, { digest, manifest, mediaType, pushedAt }: StoredImage) {
  const { layers = [] } = JSON.parse(manifest) as { readonly layers?: readonly { readonly size: number }[] };
  const tags = listTags(repository, digest);
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageDigest: digest,
    ...(tags.length > 0 && { imageTags: tags }),
    imageSizeInBytes: layers.reduce((sum, { size }) => sum + size, 0),
    imagePushedAt: pushedAt.getTime() / 1000,
    imageManifestMediaType: mediaType,
    imageStatus: 'ACTIVE',
  };
}

function requireImage(repository: StoredRepository, imageId: ImageId): StoredImage {
  const { image } = resolveImage(repository, imageId);
  if (image !== undefined) return image;
  throw new EcrFailure(
    'ImageNotFoundException',
    `The image with imageId ${JSON.stringify(imageId)} does not exist within the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
  );
}

function listImages(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const imageIds = [...repository.images.keys()].flatMap((imageDigest) => {
    const tags = listTags(repository, imageDigest);
    return tags.length === 0 ? [{ imageDigest }] : tags.map((imageTag) => ({ imageDigest, imageTag }));
  });
  return { imageIds };
}

function batchDeleteImage(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const imageIds = requireList<ImageId>(input, 'imageIds', 100);
  for (const { imageDigest, imageTag } of imageIds) {
    if (imageTag !== undefined) repository.tags.delete(imageTag);
    if (imageDigest === undefined) continue;
    repository.images.delete(imageDigest);
    for (const tag of listTags(repository, imageDigest)) repository.tags.delete(tag);
  }
  return { imageIds, failures: [] };
}

function describeImageScanFindings(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const image = requireImage(repository, input.imageId as ImageId);
  const waiting = repository.scans.get(image.digest) ?? [];
  const [scan] = waiting.length > 1 ? waiting.splice(0, 1) : waiting;
  if (scan === undefined) {
    throw new EcrFailure(
      'ScanNotFoundException',
      `Image scan does not exist for the image with '{imageDigest:'${image.digest}'}' in the repository with name '${repository.name}'`,
    );
  }
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest },
    imageScanStatus: {
      status: scan.status,
      ...(scan.description !== undefined && { description: scan.description }),
    },
    ...(scan.findings !== undefined && { imageScanFindings: scan.findings }),
  };
}

/** By name. */
export const imageOperations: Readonly<Record<string, Operation>> = {
  PutImage: put,
  BatchGetImage: batchGetImage,
  BatchDeleteImage: batchDeleteImage,
  DescribeImages: describeImages,
  ListImages: listImages,
  DescribeImageScanFindings: describeImageScanFindings,
};
