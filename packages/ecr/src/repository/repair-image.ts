/**
 * Turns an image that is in ECR already into one that SageMaker takes: an OCI image, or one of an index, becomes a
 * Docker image by a rename of media types. Every layer stays where it is.
 */

import type { Descriptor, Platform } from '@optml/image';
import { digestOf, mediaTypes } from '@optml/image/manifest';
import type { Connection } from '../connection/connection.ts';
import { EcrError } from '../errors.ts';
import { findRepository, type RepositoryAddress } from './ensure-repository.ts';
import { type EcrImage, type ManifestDocument, parseManifest, putImage, readImages } from './read-images.ts';

/** What to repair. */
export interface RepairOptions extends RepositoryAddress {
  readonly tag: string;
  /** Where the repaired image goes; default the same tag, which then names it. */
  readonly newTag?: string | undefined;
  /** Which image of an index; default `linux/amd64`. */
  readonly platform?: Platform | undefined;
  /** Only says what would be put. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was done. */
export interface RepairResult {
  /** `false` when the tag named a Docker image already. */
  readonly repaired: boolean;
  readonly before: Pick<EcrImage, 'digest' | 'mediaType'>;
  readonly after: Pick<EcrImage, 'digest' | 'mediaType'>;
  /** By digest. */
  readonly reference: string;
}

/**
 * Repairs with one PutImage. Without a new tag, a tag that names a Docker image already is left alone, so that it can be
 * called again.
 *
 * @throws EcrError `IMAGE_MISSING`, `IMAGE_UNSUPPORTED` for layers that Docker's manifest has no type for,
 *   `PLATFORM_MISSING`, `TAG_IMMUTABLE`, `VERIFICATION_FAILED`, or what the calls throw
 */
export async function repairImage(connection: Connection, options: RepairOptions): Promise<RepairResult> {
  const { repository, registryId, tag, newTag = tag, signal } = options;
  const { platform = { os: 'linux', architecture: 'amd64' } } = options;
  const address = { repository, registryId };
  const found = await requireImage(connection, address, { imageTag: tag }, signal);
  const stored = await findRepository(connection, { ...address, signal });
  const image = isIndex(found)
    ? await pickImage(connection, { address, index: found, platform, signal })
    : found;
  const manifest = isRight(image) ? image.manifest : convertManifest(image, repository);
  const after = { digest: digestOf(Buffer.from(manifest)), mediaType: mediaTypes.docker.manifest };
  const before = { digest: found.digest, mediaType: found.mediaType };
  const uri = stored?.uri ?? repository;
  const result = { before, after, reference: `${uri}@${after.digest}` };
  if (after.digest === found.digest && newTag === tag) return { ...result, repaired: false };
  if (newTag === tag && stored?.canMoveTag(tag) === false) throw refuseTag(uri, tag);
  if (options.dryRun === true) return { ...result, repaired: true };
  await putManifest(connection, { address, tag: newTag, manifest, ...after, signal });
  return { ...result, repaired: true };
}

/** The type of the manifest alone does not make it: those of the config and the layers count, too. */
function isRight({ mediaType, manifest }: EcrImage): boolean {
  if (mediaType !== mediaTypes.docker.manifest) return false;
  const { config, layers = [] } = parseManifest(manifest);
  return (
    config?.mediaType === mediaTypes.docker.config &&
    layers.every((layer) => layerTypes[layer.mediaType] === layer.mediaType)
  );
}

function isIndex({ mediaType }: EcrImage): boolean {
  return mediaType === mediaTypes.docker.index || mediaType === mediaTypes.oci.index;
}

async function requireImage(
  connection: Connection,
  address: RepositoryAddress,
  imageId: { readonly imageTag?: string | undefined; readonly imageDigest?: string | undefined },
  signal: AbortSignal | undefined,
): Promise<EcrImage> {
  const [image] = await readImages(connection, address, [imageId], { signal });
  if (image !== undefined) return image;
  const name = imageId.imageTag ?? imageId.imageDigest;
  throw new EcrError(
    'IMAGE_MISSING',
    `the image "${name}" does not exist in ${address.repository} of ${connection.region}: check the tag, or publish the image`,
    { region: connection.region, repository: address.repository },
  );
}

interface IndexChoice {
  readonly address: RepositoryAddress;
  readonly index: EcrImage;
  readonly platform: Platform;
  readonly signal: AbortSignal | undefined;
}

async function pickImage(connection: Connection, choice: IndexChoice): Promise<EcrImage> {
  const { address, index, platform, signal } = choice;
  const { os, architecture, variant } = platform;
  const { manifests = [] } = parseManifest(index.manifest);
  const entries = manifests.filter(({ platform: of }) => of?.os !== 'unknown');
  const fitting = entries.find(
    ({ platform: of }) =>
      of?.os === os && of.architecture === architecture && (variant === undefined || of.variant === variant),
  );
  // As publishing does: one image of no stated platform is the one that is meant.
  const alone = entries.length === 1 && entries[0]?.platform === undefined ? entries[0] : undefined;
  const chosen = fitting ?? alone;
  if (chosen !== undefined) {
    const image = await requireImage(connection, address, { imageDigest: chosen.digest }, signal);
    if (!isIndex(image)) return image;
    const why = `it is a nested index: its entry ${image.digest} is an index too`;
    throw refuseImage(index, address.repository, why);
  }
  const offered = entries
    .map(({ platform: of }) => (of === undefined ? 'an unnamed platform' : `${of.os}/${of.architecture}`))
    .join(', ');
  throw new EcrError(
    'PLATFORM_MISSING',
    `the index ${index.digest} of ${address.repository} has no image for ${platform.os}/${platform.architecture}; it has ${offered || 'none'}: build the image for that platform`,
    { repository: address.repository, digest: index.digest },
  );
}

/** Docker's type of a layer that Docker's manifest can name. */
const layerTypes: Readonly<Record<string, string>> = {
  [mediaTypes.docker.gzip]: mediaTypes.docker.gzip,
  [mediaTypes.oci.gzip]: mediaTypes.docker.gzip,
  [mediaTypes.docker.tar]: mediaTypes.docker.tar,
  [mediaTypes.oci.tar]: mediaTypes.docker.tar,
};

/** What is not in Docker's manifest (annotations, a subject) is left out. */
function convertManifest(image: EcrImage, repository: string): string {
  const { config, layers = [] } = parseManifest(image.manifest);
  const isImage =
    image.mediaType === mediaTypes.oci.manifest || image.mediaType === mediaTypes.docker.manifest;
  if (!isImage || !isImageConfig(config)) {
    const kind = config?.mediaType ?? image.mediaType;
    throw refuseImage(image, repository, `it is not a container image but ${kind}`);
  }
  const unknown = layers.find(({ mediaType }) => layerTypes[mediaType] === undefined);
  if (unknown !== undefined) {
    const why = unknown.mediaType.endsWith('zstd')
      ? `a layer is compressed with zstd (${unknown.mediaType}), which Docker's manifest has no type for`
      : `Docker's manifest has no type for a layer of ${unknown.mediaType}`;
    throw refuseImage(image, repository, `${why}; publish the image, which compresses it with gzip`);
  }
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.docker.manifest,
    config: { mediaType: mediaTypes.docker.config, size: config.size, digest: config.digest },
    layers: layers.map(({ mediaType, size, digest }) => ({ mediaType: layerTypes[mediaType], size, digest })),
  });
}

function isImageConfig(config: ManifestDocument['config']): config is Descriptor {
  return config !== undefined && imageConfigTypes.has(config.mediaType);
}

/** Those that publishing reads as configs; the content of one that says nothing is not looked at here. */
const imageConfigTypes: ReadonlySet<string> = new Set([
  mediaTypes.oci.config,
  mediaTypes.docker.config,
  'application/octet-stream',
  'application/json',
]);

function refuseImage({ digest }: EcrImage, repository: string, why: string): EcrError {
  return new EcrError('IMAGE_UNSUPPORTED', `cannot repair ${repository}@${digest}: ${why}`, {
    repository,
    digest,
  });
}

function refuseTag(uri: string, tag: string): EcrError {
  return new EcrError(
    'TAG_IMMUTABLE',
    `the tag "${tag}" of ${uri} is immutable: give the repaired image another tag with --new-tag`,
    { tag },
  );
}

interface RepairedManifest extends Omit<EcrImage, 'tag'> {
  readonly address: RepositoryAddress;
  readonly tag: string;
  readonly signal: AbortSignal | undefined;
}

async function putManifest(connection: Connection, put: RepairedManifest): Promise<void> {
  const { address, tag, digest, mediaType, signal } = put;
  await putImage(connection, address, put);
  const now = await requireImage(connection, address, { imageTag: tag }, signal);
  if (now.digest === digest && now.mediaType === mediaType) return;
  throw new EcrError(
    'VERIFICATION_FAILED',
    `"${tag}" of ${address.repository} is ${now.digest} (${now.mediaType}), not ${digest}, which was put there: someone else is publishing at the same time; run again`,
    { repository: address.repository, tag, digest: now.digest },
  );
}
