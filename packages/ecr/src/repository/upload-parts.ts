/** Sends a layer through the JSON API: consecutive parts, taken up again where ECR says it has the last valid byte. */

import type { ImageBlob } from '@optml/image';
import { type Connection, nameException, unless } from '../connection/connection.ts';
import { EcrError } from '../errors.ts';
import type { RepositoryAddress } from './ensure-repository.ts';

/** How often a layer is sent again when its upload is lost. */
const sessions = 4;

/** What ECR asks for when it asks for nothing. */
const defaultPartBytes = 10 * 1024 * 1024;

/** What goes along with an upload. */
export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes of the layer have arrived; begins anew with a new session. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

interface Session extends UploadOptions {
  readonly connection: Connection;
  readonly names: { readonly repositoryName: string; readonly registryId: string | undefined };
  readonly uploadId: string;
}

/**
 * Uploads one blob. One that is there already is a success.
 *
 * @throws EcrError `DIGEST_MISMATCH` when ECR answers with another digest, `UPLOAD_FAILED` when the upload is lost again
 *   and again, or what the calls throw.
 */
export async function uploadParts(
  connection: Connection,
  address: RepositoryAddress,
  blob: ImageBlob,
  options: UploadOptions = {},
): Promise<void> {
  let lost: unknown;
  for (let session = 0; session < sessions; session += 1) {
    try {
      return await uploadOnce(connection, address, blob, options);
    } catch (error) {
      if (!isLost(error)) throw error;
      lost = error;
    }
  }
  throw new EcrError(
    'UPLOAD_FAILED',
    `ECR lost the upload of layer ${blob.descriptor.digest} to ${address.repository} ${sessions} times (${((lost as EcrError).cause as Error).message}): run again`,
    { cause: lost, repository: address.repository, digest: blob.descriptor.digest },
  );
}

/** Reasons to begin anew: the upload is not known any more, or bytes were changed on their way. */
const lostNames = ['UploadNotFoundException', 'InvalidLayerException', 'InvalidLayerPartException'];

function isLost(error: unknown): boolean {
  return lostNames.includes(nameException(error) ?? '');
}

async function uploadOnce(
  connection: Connection,
  address: RepositoryAddress,
  blob: ImageBlob,
  options: UploadOptions,
): Promise<void> {
  const { signal } = options;
  const names = { repositoryName: address.repository, registryId: address.registryId };
  const { uploadId = '', partSize = defaultPartBytes } = await connection.call('InitiateLayerUpload', names, {
    signal,
  });
  const session: Session = { connection, names, uploadId, ...options };
  let firstByte = 0;
  for await (const part of cutIntoParts(blob.open(signal), partSize)) {
    await uploadPart(session, part, firstByte);
    firstByte += part.length;
    options.onProgress?.(firstByte);
  }
  await completeUpload(session, blob.descriptor.digest);
}

/** Collects the bytes of a stream into parts that are all but the last `partBytes` long; a part is good until the next. */
async function* cutIntoParts(source: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Buffer> {
  const part = Buffer.allocUnsafe(partBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(chunk.length - at, partBytes - filled);
      part.set(chunk.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < partBytes) continue;
      yield part;
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

async function uploadPart(session: Session, part: Buffer, firstByte: number): Promise<void> {
  const { connection, names, uploadId, signal } = session;
  const lastByte = firstByte + part.length - 1;
  for (let next = firstByte; next <= lastByte; ) {
    try {
      const bytes = {
        partFirstByte: next,
        partLastByte: lastByte,
        layerPartBlob: part.subarray(next - firstByte),
      };
      await connection.call('UploadLayerPart', { ...names, uploadId, ...bytes }, { signal });
      return;
    } catch (error) {
      // The part had arrived and its answer was lost, or a piece of it had: go on behind what is there.
      const cause = (error as EcrError).cause as { readonly lastValidByteReceived?: number } | undefined;
      const received = cause?.lastValidByteReceived;
      if (received === undefined || received < next || received > lastByte) throw error;
      next = received + 1;
    }
  }
}

async function completeUpload(session: Session, digest: string): Promise<void> {
  const { connection, names, uploadId, signal } = session;
  const input = { ...names, uploadId, layerDigests: [digest] };
  const completing = connection.call('CompleteLayerUpload', input, { signal });
  const completed = await unless('LayerAlreadyExistsException', completing);
  if (completed !== undefined && completed.layerDigest !== digest)
    throw refuseDigest({ repository: names.repositoryName }, digest, completed.layerDigest);
}

/** The error for a registry that names other bytes than those it was sent. */
export function refuseDigest(
  { repository }: RepositoryAddress,
  digest: string,
  answered: string | undefined,
): EcrError {
  return new EcrError(
    'DIGEST_MISMATCH',
    `the registry returned the digest ${answered} for ${digest} of ${repository}: do not trust it, and look for a proxy on the way`,
    { repository, digest },
  );
}
