/** Finds out what publishing an image would do, and does nothing of it: no request of this file changes a registry. */

import type { Descriptor, Image, ImageBlob } from '@optml/image';
import { type AssembledManifest, assembleManifest, toBlob } from '@optml/image/manifest';
import { EcrError } from '../errors.ts';
import { assertRepositoryName, assertTag } from '../repository/assert-names.ts';
import { type EcrRepository, findRepository } from '../repository/ensure-repository.ts';
import { type EcrImage, findAvailableLayers, readImages } from '../repository/read-images.ts';
import { type CompressedEvent, createBlobSource, type PlannedLayer } from './blob-source.ts';
import { findKnownLayers, type NoticedOptions, type OnNotice } from './known-layers.ts';
import { type OpenTarget, openTarget, type PublishTarget, type Transport } from './publish-target.ts';
import { createBound, runAll } from './run-bounded.ts';
import type { BlobToSend } from './upload-blob.ts';

/** What publishing is told. */
export interface PublishOptions {
  readonly targets: readonly [PublishTarget, ...PublishTarget[]];
  /** Without any, the image is reached by its digest only. */
  readonly tags: readonly string[];
  /** Default `auto`. */
  readonly transport?: Transport | undefined;
  /** How many layers are compressed, and how many are sent, side by side. Default 4. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: PublishEvent) => void) | undefined;
  /** Called when all layers are everywhere and before a tag moves; what it throws ends the run, and no tag moves. */
  readonly beforeTags?: (() => Promise<void>) | undefined;
}

/** What happens, for a progress bar or a log. */
export type PublishEvent =
  | { readonly kind: 'notice'; readonly message: string }
  | CompressedEvent
  | {
      readonly kind: 'sending' | 'sent';
      readonly region: string;
      readonly repository: string;
      readonly digest: string;
      readonly sentBytes: number;
      readonly size: number;
      readonly mounted: boolean;
    }
  | { readonly kind: 'created'; readonly region: string; readonly repository: string }
  | { readonly kind: 'tagged'; readonly region: string; readonly reference: string };

/** What is to be done in one repository. */
export interface TargetPlan {
  readonly target: OpenTarget;
  /** `undefined` for one that is to be made. */
  readonly repository: EcrRepository | undefined;
  /** What the tags name now. */
  readonly tagged: readonly EcrImage[];
  /** In the order in which they are sent: layers, then the config. */
  readonly blobs: readonly BlobToSend[];
  /** Tags that name another image or none. */
  readonly tags: readonly string[];
  /** Every tag names the image, and every layer is there. */
  readonly unchanged: boolean;
}

/** The image as it will be, and what is to be done for it. */
export interface PublishPlan extends AssembledManifest {
  readonly image: Image;
  readonly transport: Transport;
  readonly layers: readonly PlannedLayer[];
  readonly targets: readonly TargetPlan[];
}

/**
 * Plans. What the repositories have is asked while the image is still being made. Layers that no repository has are
 * compressed for the plan, because only then are their digests known; a layer directory keeps them for the run that sends
 * them.
 *
 * @throws EcrError `TAG_INVALID`, `REPOSITORY_INVALID`, `TAG_IMMUTABLE`, or what the calls throw; ImageError what a layer throws
 */
export async function planPublish(
  subject: Image | Promise<Image>,
  options: PublishOptions,
): Promise<PublishPlan> {
  const { targets, tags, transport = 'auto', signal, onEvent = () => {}, concurrency = 4 } = options;
  for (const tag of tags) assertTag(tag);
  for (const { repository } of targets) assertRepositoryName(repository);
  // It may fail before it is waited for.
  if (subject instanceof Promise) subject.catch(() => {});
  const onNotice: OnNotice = (message) => onEvent({ kind: 'notice', message });
  const surveys = await runAll(
    targets,
    async (target, inner) =>
      survey(subject, openTarget(target, transport, signal), { tags, onNotice, signal: inner }),
    signal,
  );
  const image = await subject;
  const bound = createBound(concurrency);
  const blobs = createBlobSource(image, { surveys, bound, onEvent, signal });
  // A layer that was known and is gone everywhere is compressed again, perhaps to other bytes: then the plan begins anew.
  for (;;) {
    const layers = await blobs.chooseLayers();
    const layerDescriptors = layers.map(({ descriptor }) => descriptor);
    const assembled = assembleManifest(image, { layerDescriptors });
    const digests = [...layers, assembled.config].map(({ descriptor }) => descriptor.digest);
    const missing = await findMissing(surveys, digests, signal);
    if (!(await blobs.coverMissing(layers, missing))) continue;
    const plans = surveys.map((found, index) =>
      planTarget(found, { layers, assembled, tags, missing: missing[index] ?? new Set() }, blobs.take),
    );
    return { image, transport, layers, ...assembled, targets: plans };
  }
}

/** What one repository has. */
interface Survey {
  readonly target: OpenTarget;
  readonly repository: EcrRepository | undefined;
  readonly tagged: readonly EcrImage[];
  readonly known: ReadonlyMap<string, Descriptor>;
}

async function survey(
  image: Image | Promise<Image>,
  target: OpenTarget,
  { tags, onNotice, signal }: { readonly tags: readonly string[] } & NoticedOptions,
): Promise<Survey> {
  const { connection, address } = target;
  const repository = await findRepository(connection, { ...address, signal });
  if (repository === undefined) return { target, repository, tagged: [], known: new Map() };
  const imageIds = tags.map((imageTag) => ({ imageTag }));
  const tagged = await readImages(connection, address, imageIds, { signal });
  const query = { image: await image, tagged, connection, address };
  const known = await findKnownLayers(() => target.place(), query, { signal, onNotice });
  return { target, repository, tagged, known };
}

/** For each survey, the digests that its repository lacks. */
async function findMissing(
  surveys: readonly Survey[],
  digests: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ReadonlySet<string>[]> {
  return runAll(
    surveys,
    async ({ target: { connection, address }, repository }, inner) => {
      if (repository === undefined) return new Set(digests);
      const available = await findAvailableLayers(connection, address, digests, { signal: inner });
      return new Set(digests.filter((digest) => !available.has(digest)));
    },
    signal,
  );
}

interface TargetContext {
  readonly layers: readonly PlannedLayer[];
  readonly assembled: AssembledManifest;
  readonly tags: readonly string[];
  readonly missing: ReadonlySet<string>;
}

function planTarget(
  { target, repository, tagged }: Survey,
  { layers, assembled: { manifest, config }, tags, missing }: TargetContext,
  take: (descriptor: Descriptor) => ImageBlob,
): TargetPlan {
  const { digest } = manifest.descriptor;
  const current = new Map(tagged.map((found) => [found.tag, found.digest]));
  const moved = tags.filter((tag) => current.get(tag) !== digest);
  for (const tag of moved) assertMovable(tag, current.get(tag), { repository, digest });
  const byDigest = new Map(layers.map((planned) => [planned.descriptor.digest, planned]));
  const layerBlobs = [...byDigest.values()]
    .filter(({ descriptor }) => missing.has(descriptor.digest))
    .map(({ layer, descriptor }) => ({ blob: take(descriptor), origin: layer.origin }));
  const isConfigMissing = missing.has(config.descriptor.digest);
  const blobs = isConfigMissing ? [...layerBlobs, { blob: toBlob(config) }] : layerBlobs;
  const unchanged = tags.length > 0 && moved.length === 0 && blobs.length === 0;
  return { target, repository, tagged, blobs, tags: moved, unchanged };
}

function assertMovable(
  tag: string,
  current: string | undefined,
  { repository, digest }: { readonly repository: EcrRepository | undefined; readonly digest: string },
): void {
  if (current === undefined || repository === undefined || repository.canMoveTag(tag)) return;
  throw new EcrError(
    'TAG_IMMUTABLE',
    `the tag "${tag}" of ${repository.uri} is immutable and names ${current}; the new image is ${digest}: publish it under another tag, or exclude this one from immutability`,
    { repository: repository.name, tag, digest: current },
  );
}
