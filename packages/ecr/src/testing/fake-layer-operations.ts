/** Operations on layers: which are there, uploads in parts, and where to read one. */

import { EcrFailure } from './ecr-failure.ts';
import { beginUpload, findRepository } from './fake-store.ts';
import { addPart, completeUpload, findUpload } from './fake-uploads.ts';
import type { Input, Operation, OperationContext } from './operation.ts';
import { requireList } from './require.ts';

const digestPattern = /^sha256:[0-9a-f]{64}$/;

function batchCheckLayerAvailability(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const digests = requireList<string>(input, 'layerDigests', 100);
  const valid = digests.filter((digest) => digestPattern.test(digest));
  return {
    layers: valid.map((layerDigest) => {
      const blob = repository.blobs.get(layerDigest);
      const layerAvailability =
        blob === undefined
          ? 'UNAVAILABLE'
          : repository.archivedLayers.has(layerDigest)
            ? 'ARCHIVED'
            : 'AVAILABLE';
      return { layerDigest, layerAvailability, layerSize: blob?.length };
    }),
    failures: digests
      .filter((digest) => !digestPattern.test(digest))
      .map((layerDigest) => ({
        layerDigest,
        failureCode: 'InvalidLayerDigest',
        failureReason: 'Invalid layer digest',
      })),
  };
}

function initiateLayerUpload(input: Input, { registry, partBytes }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  return { uploadId: beginUpload(repository).id, partSize: partBytes };
}

function uploadLayerPart(input: Input, { registry, minimumPartBytes }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const upload = findUpload(repository, input.uploadId);
  const lastByteReceived = addPart(
    upload,
    {
      firstByte: Number(input.partFirstByte),
      lastByte: Number(input.partLastByte),
      bytes: Buffer.from(String(input.layerPartBlob), 'base64'),
    },
    minimumPartBytes,
  );
  return {
    registryId: registry.accountId,
    repositoryName: repository.name,
    uploadId: upload.id,
    lastByteReceived,
  };
}

function completeLayerUpload(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const upload = findUpload(repository, input.uploadId);
  const [digest] = requireList<string>(input, 'layerDigests', 100);
  completeUpload(repository, upload, digest as string);
  return {
    registryId: registry.accountId,
    repositoryName: repository.name,
    uploadId: upload.id,
    layerDigest: digest,
  };
}

function getDownloadUrlForLayer(input: Input, { registry, storageUrl }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const digest = String(input.layerDigest);
  if (!repository.blobs.has(digest) || repository.archivedLayers.has(digest)) {
    throw new EcrFailure(
      repository.archivedLayers.has(digest) ? 'LayerInaccessibleException' : 'LayersNotFoundException',
      `The layer with digest '${digest}' does not exist in the repository with name '${repository.name}'`,
    );
  }
  const { accountId, region } = registry;
  return {
    layerDigest: digest,
    downloadUrl: `${storageUrl}/${accountId}/${region}/${repository.name}/${digest}?X-Amz-Signature=fake`,
  };
}

/** By name. */
export const layerOperations: Readonly<Record<string, Operation>> = {
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  InitiateLayerUpload: initiateLayerUpload,
  UploadLayerPart: uploadLayerPart,
  CompleteLayerUpload: completeLayerUpload,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
};
