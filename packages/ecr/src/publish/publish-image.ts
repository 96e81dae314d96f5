/**
 * Publishes an image to one or several repositories, under one digest. No tag moves anywhere before every layer is
 * everywhere; a run that ends early leaves layers that the next run finds.
 */

import type { Image, Platform, StoredManifest } from '@optml/image';
import { EcrError } from '../errors.ts';
import { findAvailableLayers, putImage, readImages } from '../repository/read-images.ts';
import { type FilledTarget, prepareTarget, type Step, sendBlobs } from './fill-target.ts';
import { type PublishOptions, type PublishPlan, planPublish } from './plan-publish.ts';
import { createBound, runAll } from './run-bounded.ts';

/** A layer as it was published. */
export interface PublishedLayer {
  readonly digest: string;
  readonly diffId: string;
  readonly kind: string;
  readonly size: number;
  /** Sent to none of the repositories. */
  readonly reused: boolean;
}

/** What one repository has now. */
export interface PublishedTarget {
  readonly region: string;
  readonly accountId: string;
  readonly repository: string;
  /** By digest, for example `123456789012.dkr.ecr.us-east-1.amazonaws.com/iris@sha256:...`. */
  readonly reference: string;
  /** By tag. */
  readonly tagReferences: readonly string[];
  /** Nothing had to be done. */
  readonly unchanged: boolean;
  readonly created: boolean;
  /** Of layers and config, in bytes. */
  readonly bytesSent: number;
}

/** What was published. */
export interface PublishResult {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform: Platform;
  /** By digest, one a repository. */
  readonly references: readonly string[];
  readonly layers: readonly PublishedLayer[];
  readonly targets: readonly PublishedTarget[];
  /** Of layers and config, to all of them, in bytes. */
  readonly bytesSent: number;
}

/**
 * Publishes: plans, makes repositories that are missing, sends what they lack, tags, and reads back what they have.
 *
 * @throws EcrError what the plan and the calls throw, `VERIFICATION_FAILED` when a repository has something else
 *   afterwards; ImageError what a layer throws
 *
 * @example
 * ```ts
 * const connection = await connectEcr({ region: 'eu-central-1' });
 * const { references } = await publishImage(image, { targets: [{ connection, repository: 'iris' }], tags: ['v1'] });
 * ```
 */
export async function publishImage(image: Image, options: PublishOptions): Promise<PublishResult> {
  return applyPlan(await planPublish(image, options), options);
}

/** Does what a plan says. */
export async function applyPlan(
  plan: PublishPlan,
  {
    concurrency = 4,
    signal,
    onEvent = () => {},
    beforeTags = async () => {},
  }: Omit<PublishOptions, 'targets' | 'tags' | 'transport'>,
): Promise<PublishResult> {
  const shared = { plan, bound: createBound(concurrency), onEvent };
  const forAll = <Before, After>(
    items: readonly Before[],
    work: (item: Before, step: Step) => Promise<After>,
  ) => runAll(items, (item, inner) => work(item, { ...shared, signal: inner }), signal);
  const ready = await forAll(plan.targets, prepareTarget);
  const filled = await forAll(ready, sendBlobs);
  await beforeTags();
  const targets = await forAll(filled, putTags);
  const sent = new Set(plan.targets.flatMap(({ blobs }) => blobs.map(({ blob }) => blob.descriptor.digest)));
  return {
    digest: plan.manifest.descriptor.digest,
    mediaType: plan.manifest.descriptor.mediaType,
    platform: plan.image.platform,
    references: targets.map(({ reference }) => reference),
    layers: plan.layers.map(({ layer: { diffId, kind }, descriptor: { digest, size } }) => ({
      digest,
      diffId,
      kind,
      size,
      reused: !sent.has(digest),
    })),
    targets,
    bytesSent: targets.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
  };
}

async function putTags(filled: FilledTarget, step: Step): Promise<PublishedTarget> {
  const { target, repository, unchanged, created, bytesSent } = filled;
  const { connection } = target;
  const { plan, onEvent } = step;
  const { digest } = plan.manifest.descriptor;
  const kept = filled.tagged.flatMap((image) => (image.digest === digest ? (image.tag ?? []) : []));
  const allTags = [...filled.tags, ...kept];
  if (!unchanged) {
    for (const tag of allTags.length > 0 ? filled.tags : [undefined]) {
      await putManifest(filled, tag, step);
      if (tag !== undefined)
        onEvent({ kind: 'tagged', region: connection.region, reference: `${repository.uri}:${tag}` });
    }
    await verify(filled, allTags, step);
  }
  return {
    region: connection.region,
    accountId: repository.registryId,
    repository: repository.name,
    reference: `${repository.uri}@${digest}`,
    tagReferences: allTags.map((tag) => `${repository.uri}:${tag}`),
    unchanged,
    created,
    bytesSent,
  };
}

/** Puts the manifest under a tag, or under its digest alone. */
async function putManifest(filled: FilledTarget, tag: string | undefined, step: Step): Promise<void> {
  try {
    await putOnce(filled, tag, step);
  } catch (error) {
    // Layers of an upload that was not finished, or that a lifecycle rule took away: look again, once.
    if ((error as { readonly code?: string | undefined }).code !== 'LAYERS_MISSING') throw error;
    await sendMissing(filled, step);
    await putOnce(filled, tag, step);
  }
}

async function putOnce(
  { target }: FilledTarget,
  tag: string | undefined,
  { plan, signal }: Step,
): Promise<void> {
  const { bytes, descriptor } = plan.manifest;
  const { digest, mediaType } = descriptor;
  const manifest = Buffer.from(bytes).toString('utf8');
  const put = { manifest, mediaType, digest, tag, signal };
  const answered = await putImage(target.connection, target.address, put);
  if (answered !== undefined && answered !== digest)
    throw failVerification(target.repository, `ECR stored it as ${answered}`, plan.manifest);
}

async function sendMissing(filled: FilledTarget, step: Step): Promise<void> {
  const { connection, address } = filled.target;
  const { plan, signal } = step;
  const digests = [...plan.layers, plan.config].map(({ descriptor }) => descriptor.digest);
  const available = await findAvailableLayers(connection, address, digests, { signal });
  const blobs = filled.blobs.filter(({ blob }) => !available.has(blob.descriptor.digest));
  await sendBlobs({ ...filled, blobs, pushed: [] }, step);
}

/** Reads back what the repository has, by each tag: one call. */
async function verify(
  { target }: FilledTarget,
  tags: readonly string[],
  { plan, signal }: Step,
): Promise<void> {
  const { connection, address, repository } = target;
  const { digest, mediaType } = plan.manifest.descriptor;
  const imageIds = tags.length === 0 ? [{ imageDigest: digest }] : tags.map((imageTag) => ({ imageTag }));
  const images = await readImages(connection, address, imageIds, { signal });
  for (const tag of tags.length === 0 ? [undefined] : tags) {
    const found = images.find((image) => (tag === undefined ? image.digest === digest : image.tag === tag));
    // The config, and so the platform, is named by the manifest's own digest.
    if (found?.digest === digest && found.mediaType === mediaType) continue;
    const is = found === undefined ? 'is not there' : `is ${found.digest} (${found.mediaType})`;
    throw failVerification(repository, `"${tag ?? digest}" ${is}`, plan.manifest);
  }
}

function failVerification(repository: string, found: string, { descriptor }: StoredManifest): EcrError {
  return new EcrError(
    'VERIFICATION_FAILED',
    `${repository} does not have the image that was published: ${found}, not ${descriptor.digest} (${descriptor.mediaType}); someone else may be publishing there, or the registry cannot be trusted`,
    { repository, digest: descriptor.digest },
  );
}
