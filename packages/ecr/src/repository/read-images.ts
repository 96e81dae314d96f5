/** Reads images that a repository has: their manifests as they are stored, and the layers that they consist of. */

import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { ImageDetail, ImageIdentifier } from '@aws-sdk/client-ecr';
import type { Descriptor, Registry } from '@optml/image';
import { digestOf, mediaTypes } from '@optml/image/manifest';
import { type Connection, unless } from '../connection/connection.ts';
import { EcrError } from '../errors.ts';
import type { RepositoryAddress } from './ensure-repository.ts';
import { refuseDigest } from './upload-parts.ts';

/** A manifest that ECR has. */
export interface EcrImage {
  readonly digest: string;
  readonly mediaType: string;
  /** The text that the digest is of. */
  readonly manifest: string;
  readonly tag: string | undefined;
}

/** All that ECR stores: with them it gives a manifest as it is, by tag too. */
const acceptedMediaTypes = [mediaTypes.docker, mediaTypes.oci].flatMap(({ manifest, index }) => [
  manifest,
  index,
]);

/** What a call needs beside its subject. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the manifests of images by tag or digest (at most 100); those that are not there are left out. Each is compared
 * with its digest.
 *
 * @throws EcrError `DIGEST_MISMATCH`, or what the call throws
 */
export async function readImages(
  connection: Connection,
  address: RepositoryAddress,
  imageIds: readonly ImageIdentifier[],
  { signal }: ReadOptions = {},
): Promise<readonly EcrImage[]> {
  if (imageIds.length === 0) return [];
  const { images = [], failures = [] } = await connection.call(
    'BatchGetImage',
    {
      repositoryName: address.repository,
      registryId: address.registryId,
      imageIds: [...imageIds],
      acceptedMediaTypes,
    },
    { signal },
  );
  const failure = failures.find(({ failureCode }) => failureCode !== 'ImageNotFound');
  if (failure !== undefined) throw refuseImage(address, failure);
  return images.map(({ imageId, imageManifest = '', imageManifestMediaType }) => {
    const digest = digestOf(Buffer.from(imageManifest));
    if (imageId?.imageDigest !== digest) throw refuseDigest(address, imageId?.imageDigest ?? '', digest);
    const mediaType = imageManifestMediaType ?? parseManifest(imageManifest).mediaType ?? '';
    return { digest, mediaType, manifest: imageManifest, tag: imageId.imageTag };
  });
}

function refuseImage(
  { repository }: RepositoryAddress,
  failure: {
    readonly imageId?: ImageIdentifier | undefined;
    readonly failureCode?: string | undefined;
    readonly failureReason?: string | undefined;
  },
): EcrError {
  const name = failure.imageId?.imageTag ?? failure.imageId?.imageDigest;
  const code = failure.failureCode === 'KmsError' ? 'KEY_UNUSABLE' : 'REQUEST_REFUSED';
  return new EcrError(
    code,
    `ECR cannot give the image "${name}" of ${repository} (${failure.failureCode}): ${failure.failureReason}`,
    { repository },
  );
}

/** What this package reads of a manifest. */
export interface ManifestDocument {
  readonly mediaType?: string | undefined;
  readonly config?: Descriptor | undefined;
  readonly layers?: readonly Descriptor[] | undefined;
  readonly manifests?:
    | readonly (Descriptor & {
        readonly platform?:
          | { readonly os: string; readonly architecture: string; readonly variant?: string | undefined }
          | undefined;
      })[]
    | undefined;
}

/** Reads a manifest; what is not a JSON object is read as an empty one. */
export function parseManifest(text: string): ManifestDocument {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    return {};
  }
}

/** A manifest that is to be put, and the tag that is to name it. */
interface ImageToPut extends Omit<EcrImage, 'tag'>, ReadOptions {
  readonly tag: string | undefined;
}

/** Puts a manifest, and gives the digest that ECR answers with; `undefined` when the tag named it already. */
export async function putImage(
  connection: Connection,
  { repository, registryId }: RepositoryAddress,
  { manifest, mediaType, digest, tag, signal }: ImageToPut,
): Promise<string | undefined> {
  const input = {
    repositoryName: repository,
    registryId,
    imageManifest: manifest,
    imageManifestMediaType: mediaType,
    imageDigest: digest,
    imageTag: tag,
  };
  const put = connection.call('PutImage', input, { signal });
  return (await unless('ImageAlreadyExistsException', put))?.image?.imageId?.imageDigest;
}

/**
 * Tells which of the digests the repository has and can use; layers in the archive class count as missing.
 *
 * @throws EcrError what the calls throw
 */
export async function findAvailableLayers(
  connection: Connection,
  { repository, registryId }: RepositoryAddress,
  digests: readonly string[],
  { signal }: ReadOptions = {},
): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(digests)];
  const available = new Set<string>();
  // The API's limit.
  for (let at = 0; at < wanted.length; at += 100) {
    const layerDigests = wanted.slice(at, at + 100);
    const { layers = [] } = await connection.call(
      'BatchCheckLayerAvailability',
      { repositoryName: repository, registryId, layerDigests },
      { signal },
    );
    for (const { layerDigest, layerAvailability } of layers) {
      if (layerDigest !== undefined && layerAvailability === 'AVAILABLE') available.add(layerDigest);
    }
  }
  return available;
}

/** 20,000 images, in some seconds. ECR gives them in no order and has no filter by time; a repository has up to 100,000. */
const mostPages = 20;

/**
 * Finds the image of the repository that was pushed last; `undefined` when there is none. Of very many images only the
 * first 20,000 that ECR gives are looked at, which `onNotice` is told.
 *
 * @throws EcrError what the calls throw
 */
export async function findLatestDigest(
  connection: Connection,
  { repository, registryId }: RepositoryAddress,
  { signal, onNotice }: ReadOptions & { readonly onNotice: (message: string) => void },
): Promise<string | undefined> {
  let latest: ImageDetail | undefined;
  let nextToken: string | undefined;
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await connection.call(
      'DescribeImages',
      { repositoryName: repository, registryId, maxResults: 1000, nextToken },
      { signal },
    );
    for (const image of answer.imageDetails ?? []) {
      if (isImage(image) && (latest === undefined || pushedAt(image) > pushedAt(latest))) latest = image;
    }
    nextToken = answer.nextToken;
    if (nextToken === undefined) return latest?.imageDigest;
  }
  onNotice(
    `${repository} has more than ${mostPages * 1000} images, and layers of the newest may be sent again: use a tag that exists, or let a lifecycle policy remove old images`,
  );
  return latest?.imageDigest;
}

function isImage({ imageManifestMediaType: type, artifactMediaType }: ImageDetail): boolean {
  if (type !== mediaTypes.docker.manifest && type !== mediaTypes.oci.manifest) return false;
  return artifactMediaType === undefined || isConfigType(artifactMediaType);
}

function pushedAt({ imagePushedAt }: ImageDetail): number {
  return imagePushedAt?.getTime() ?? 0;
}

function isConfigType(type: string): boolean {
  return type === mediaTypes.docker.config || type === mediaTypes.oci.config;
}

/** A config is a few kilobytes; ECR takes a manifest of at most 4 MiB. */
const configLimitBytes = 4 * 1024 * 1024;

/**
 * Reads a config or another small blob: through the registry API where there is one, else by a presigned URL.
 *
 * @throws EcrError `DIGEST_MISMATCH`, `ENDPOINT_UNREACHABLE`, or what the calls throw
 */
export async function readSmallBlob(
  { connection, address, registry }: BlobPlace,
  descriptor: Descriptor,
  { signal }: ReadOptions = {},
): Promise<Uint8Array> {
  if (descriptor.size > configLimitBytes) {
    throw new EcrError(
      'IMAGE_UNSUPPORTED',
      `the config ${descriptor.digest} of ${address.repository} has ${descriptor.size} bytes, which is too large for a config`,
    );
  }
  if (registry !== undefined) {
    return buffer(registry.openBlob(descriptor, { repository: address.repository, signal }));
  }
  const { downloadUrl = '' } = await connection.call(
    'GetDownloadUrlForLayer',
    { repositoryName: address.repository, registryId: address.registryId, layerDigest: descriptor.digest },
    { signal },
  );
  const bytes = await download(new URL(downloadUrl), descriptor, { connection, signal });
  if (digestOf(bytes) !== descriptor.digest) throw refuseDigest(address, descriptor.digest, digestOf(bytes));
  return bytes;
}

/** Where a blob is. */
export interface BlobPlace {
  readonly connection: Connection;
  readonly address: RepositoryAddress;
  readonly registry?: Registry | undefined;
}

/** Fetches from an address that AWS has signed, through the same proxies as the calls. */
async function download(
  url: URL,
  { digest, size }: Descriptor,
  { connection: { connections }, signal }: ReadOptions & { readonly connection: Connection },
): Promise<Uint8Array> {
  const isPlain = url.protocol === 'http:';
  const agent = isPlain ? connections?.http : connections?.https;
  try {
    const outgoing = (isPlain ? http : https).get(url, { agent, signal });
    const [answer] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    const bytes = await buffer(answer);
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    if (bytes.length !== size) throw new Error(`${bytes.length} of ${size} bytes`);
    return bytes;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EcrError(
      'ENDPOINT_UNREACHABLE',
      `cannot read ${digest} from ${url.host} (${(cause as Error).message}): check the network and the VPC endpoint of S3, and run again`,
      { cause, digest },
    );
  }
}
