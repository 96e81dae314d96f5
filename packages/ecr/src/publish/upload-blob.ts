/** Brings one blob into a repository: mounted where that is offered, else by the transport that works. */

import type { BlobOrigin, ImageBlob, Registry } from '@optml/image';
import { EcrError } from '../errors.ts';
import { type UploadOptions, uploadParts } from '../repository/upload-parts.ts';
import type { OnNotice } from './known-layers.ts';
import type { OpenTarget, Transport } from './publish-target.ts';

/** A blob, and where else the registry has it. */
export interface BlobToSend {
  readonly blob: ImageBlob;
  readonly origin?: BlobOrigin | undefined;
}

/** What came of it: how many bytes were sent. */
interface SentBlob {
  readonly mounted: boolean;
  readonly sentBytes: number;
}

/** Sends blobs to one target, no longer by its registry API once that is out of reach. */
export type BlobSender = (subject: BlobToSend, options?: UploadOptions) => Promise<SentBlob>;

/**
 * Creates the sender of a target. With the transport `auto`, a blob that the registry API does not take goes through
 * the JSON API; when the registry cannot be reached at all, all that follow go there at once.
 *
 * @throws (the sender) EcrError `DIGEST_MISMATCH`, `UPLOAD_FAILED`, or what the transports throw
 */
export function createBlobSender(target: OpenTarget, transport: Transport, onNotice: OnNotice): BlobSender {
  let unreachable = false;
  // Layers are sent side by side, and what one runs into the others do, too.
  const said = new Set<string>();
  const notice: OnNotice = (message) => {
    if (!said.has(message)) onNotice(message);
    said.add(message);
  };
  const sendParts = async ({ blob }: BlobToSend, options: UploadOptions) => {
    await uploadParts(target.connection, target.address, blob, options);
    return { mounted: false, sentBytes: blob.descriptor.size };
  };
  return async (given, options = {}) => {
    const source = watchSource(given.blob);
    const subject = { ...given, blob: source.blob };
    const registry = unreachable ? undefined : await target.registry();
    if (registry === undefined) return sendParts(subject, options);
    try {
      return await sendByRegistry(registry, target, subject, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (source.failure !== undefined) throw source.failure;
      if (transport === 'registry' || !isRegistryFault(error)) throw translateUpload(error, target, subject);
      unreachable ||= codeOf(error) === 'REGISTRY_UNREACHABLE';
      notice(`${(error as Error).message}; continuing with ECR's layer API`);
      return sendParts(subject, options);
    }
  };
}

/** Keeps what reading the blob has thrown: that is not a fault of the repository it is sent to, whatever its code. */
function watchSource(blob: ImageBlob): { readonly blob: ImageBlob; readonly failure: unknown } {
  const watched = {
    failure: undefined as unknown,
    blob: {
      ...blob,
      async *open(signal?: AbortSignal) {
        try {
          yield* blob.open(signal);
        } catch (error) {
          watched.failure = error;
          throw error;
        }
      },
    },
  };
  return watched;
}

async function sendByRegistry(
  registry: Registry,
  { repository }: OpenTarget,
  { blob, origin }: BlobToSend,
  { signal, onProgress }: UploadOptions,
): Promise<SentBlob> {
  const { digest, size } = blob.descriptor;
  if (origin !== undefined && origin.host === registry.host && origin.repository !== repository) {
    if (await registry.mountBlob(digest, { repository, from: origin.repository, signal }))
      return { mounted: true, sentBytes: 0 };
  }
  await registry.putBlob(blob, { repository, signal, onProgress });
  return { mounted: false, sentBytes: size };
}

function codeOf(error: unknown): string {
  return (error as { readonly code?: string | undefined }).code ?? '';
}

/** The registry's own refusals; a layer that cannot be read fails over the other transport as well. */
function isRegistryFault(error: unknown): boolean {
  return codeOf(error).startsWith('REGISTRY_');
}

function translateUpload(error: unknown, { repository }: OpenTarget, { blob }: BlobToSend): unknown {
  if (!isRegistryFault(error)) return error;
  const { digest } = blob.descriptor;
  return new EcrError(
    'UPLOAD_FAILED',
    // The message itself says what was tried, and where.
    `${digest}: ${(error as Error).message}`,
    { cause: error, repository, digest },
  );
}
