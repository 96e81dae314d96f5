/** How the fake ECR takes layers: consecutive inclusive parts, the smallest part, and the digest at the end. */

import { EcrFailure } from './ecr-failure.ts';
import { digestOf, type StoredRepository, type StoredUpload } from './fake-store.ts';
import { invalidParameter } from './require.ts';

/** The largest part that ECR takes. */
const maximumPartBytes = 20_971_520;

/** Finds an upload that was begun. */
export function findUpload(repository: StoredRepository, id: unknown): StoredUpload {
  const upload = typeof id === 'string' ? repository.uploads.get(id) : undefined;
  if (upload !== undefined) return upload;
  throw new EcrFailure(
    'UploadNotFoundException',
    `Upload with id '${id}' could not be found for repository with name '${repository.name}' in registry with id '${repository.registryId}'`,
  );
}

/** A part, with both of its ends counted. */
export interface Part {
  readonly firstByte: number;
  readonly lastByte: number;
  readonly bytes: Buffer;
}

/** Adds a part, which must begin where the one before it ended; gives the last valid byte. */
export function addPart(upload: StoredUpload, part: Part, minimumPartBytes: number): number {
  const { firstByte, lastByte, bytes } = part;
  const fail = (why: string) => {
    throw new EcrFailure('InvalidLayerPartException', `Layer part invalid: ${why}`, {
      fields: { uploadId: upload.id, lastValidByteReceived: upload.sizeBytes - 1 },
    });
  };
  if (bytes.length > maximumPartBytes) throw invalidParameter('layerPartBlob', 'it is too long');
  if (firstByte !== upload.sizeBytes)
    fail(`first byte ${firstByte} is not consecutive to the last byte of a previous layer part`);
  if (lastByte - firstByte + 1 !== bytes.length)
    fail(`bytes ${firstByte} to ${lastByte} were promised, ${bytes.length} bytes were sent`);
  appendPart(upload, bytes, minimumPartBytes);
  return upload.sizeBytes - 1;
}

/** Adds bytes at the end of an upload. */
export function appendPart(upload: StoredUpload, bytes: Buffer, minimumPartBytes: number): void {
  const previous = upload.parts.at(-1);
  if (previous !== undefined && previous.length < minimumPartBytes) upload.hasSmallPart = true;
  if (previous === undefined) upload.firstPartBytes = bytes.length;
  upload.parts.push(bytes);
  upload.sizeBytes += bytes.length;
}

/** Ends an upload: the bytes become a layer of the repository when their digest is the one that is named. */
export function completeUpload(repository: StoredRepository, upload: StoredUpload, digest: string): void {
  if (upload.sizeBytes === 0)
    throw new EcrFailure('EmptyUploadException', `Upload with id '${upload.id}' has no parts`);
  if (upload.hasSmallPart)
    throw new EcrFailure(
      'LayerPartTooSmallException',
      'Layer parts must be at least 5242880 bytes in size, but the last',
    );
  const bytes = upload.parts.length === 1 ? (upload.parts[0] as Buffer) : Buffer.concat(upload.parts);
  const actual = digestOf(bytes);
  if (actual !== digest) {
    throw new EcrFailure(
      'InvalidLayerException',
      `Layer digest '${digest}' does not match the digest '${actual}' of the bytes that were received`,
    );
  }
  repository.uploads.delete(upload.id);
  if (repository.blobs.has(digest) && !repository.archivedLayers.has(digest)) {
    throw new EcrFailure(
      'LayerAlreadyExistsException',
      `Layer with digest '${digest}' already exists in the repository with name '${repository.name}'`,
    );
  }
  repository.archivedLayers.delete(digest);
  repository.blobs.set(digest, bytes);
}
