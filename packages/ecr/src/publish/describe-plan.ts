/** Says what a plan would do, before anything of it is done: bytes, calls, files, and the permissions that it takes. */

import type { Descriptor, ImageConfig } from '@optml/image';
import { compareFiles, type FileChanges, openCompressed, type ReadableLayer } from '@optml/image/layers';
import { parseManifest, readSmallBlob } from '../repository/read-images.ts';
import { describePolicy, type PolicyDocument } from './iam-policy.ts';
import { gzipTypes } from './known-layers.ts';
import type { PublishPlan, TargetPlan } from './plan-publish.ts';
import type { Transport } from './publish-target.ts';

/** Calls of one kind to one region. */
export interface PlannedCalls {
  /** An operation of ECR's API, or a request of the registry API as `PUT blob`. */
  readonly operation: string;
  readonly region: string;
  readonly times: number;
}

/** What a plan would do. */
export interface PlanDescription {
  /** Of layers and configs, to all repositories. */
  readonly bytesToSend: number;
  /** In the order in which they are made, but those of several regions at once. */
  readonly calls: readonly PlannedCalls[];
  /** Of the layers that differ from the image that the first tag names now; `undefined` when that is too much to fetch. */
  readonly files: FileChanges | undefined;
  readonly policy: PolicyDocument;
}

/**
 * Describes a plan. The layers of the image before that are gone now are fetched for it.
 *
 * @throws ImageError, EcrError what reading them throws
 */
export async function describePlan(
  plan: PublishPlan,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PlanDescription> {
  const { transport } = plan;
  const settings = plan.targets.find(({ target }) => target.settings !== undefined)?.target.settings;
  const policy = describePolicy({
    command: 'publish',
    create: plan.targets.some(({ repository }) => repository === undefined),
    settings,
    transport,
    repositories: plan.targets.map(({ target, repository }) => ({
      region: target.connection.region,
      accountId: repository?.registryId ?? target.registryId ?? '*',
      repository: target.repository,
    })),
  });
  const blobs = plan.targets.flatMap((target) => target.blobs);
  return {
    bytesToSend: sumSizes(blobs.map(({ blob }) => blob.descriptor)),
    calls: plan.targets.flatMap((target) => listCalls(target, transport)),
    files: await describeFiles(plan, signal),
    policy,
  };
}

function listCalls(
  { target, repository, blobs, tags, unchanged }: TargetPlan,
  transport: Transport,
): readonly PlannedCalls[] {
  const { region } = target.connection;
  const parts = blobs.reduce(
    (sum, { blob }) => sum + Math.max(1, Math.ceil(blob.descriptor.size / (10 * 1024 * 1024))),
    0,
  );
  const each = blobs.length;
  const uploads =
    transport === 'ecr-api'
      ? { InitiateLayerUpload: each, UploadLayerPart: parts, CompleteLayerUpload: each }
      : { GetAuthorizationToken: Math.min(1, each), 'POST blob': each, 'PUT blob': each };
  const counts = {
    CreateRepository: repository === undefined ? 1 : 0,
    ...uploads,
    PutImage: unchanged ? 0 : Math.max(1, tags.length),
    BatchGetImage: unchanged ? 0 : 1,
  };
  return Object.entries(counts).flatMap(([operation, times]) =>
    times > 0 ? [{ operation, region, times }] : [],
  );
}

/** Layers above this are not fetched for a comparison. */
const compareLimitBytes = 256 * 1024 * 1024;

async function describeFiles(
  plan: PublishPlan,
  signal: AbortSignal | undefined,
): Promise<FileChanges | undefined> {
  const before = await listOldLayers(plan, signal);
  if (before === undefined) return undefined;
  // A layer of a base in a registry is not fetched for it.
  const after = plan.layers.flatMap(({ layer, known }) =>
    known || layer.origin !== undefined ? [] : [layer],
  );
  return compareFiles({ before, after, signal });
}

/** The layers of the image before that the new one does not have; `undefined` when they cannot be compared. */
async function listOldLayers(
  plan: PublishPlan,
  signal: AbortSignal | undefined,
): Promise<readonly ReadableLayer[] | undefined> {
  const [{ target, tagged } = {}] = plan.targets;
  const [previous] = tagged ?? [];
  if (target === undefined || previous === undefined) return [];
  const { config, layers = [] } = parseManifest(previous.manifest);
  if (config === undefined || previous.digest === plan.manifest.descriptor.digest) return [];
  const bytes = await readSmallBlob(await target.place(), config, { signal });
  const diffIds = (JSON.parse(Buffer.from(bytes).toString('utf8')) as ImageConfig).rootfs.diff_ids;
  const kept = new Set(plan.layers.map(({ layer }) => layer.diffId));
  const gone = layers.flatMap((descriptor, index) => {
    const diffId = diffIds[index] ?? '';
    return kept.has(diffId) ? [] : [{ diffId, descriptor }];
  });
  const registry = await target.registry();
  const isReadable = gone.every(({ descriptor }) => gzipTypes.has(descriptor.mediaType));
  const size = sumSizes(gone.map(({ descriptor }) => descriptor));
  if (registry === undefined || !isReadable || size > compareLimitBytes) return undefined;
  return gone.map(({ diffId, descriptor }) =>
    openCompressed(diffId, (signal) =>
      registry.openBlob(descriptor, { repository: target.repository, signal }),
    ),
  );
}

/** The bytes of descriptors together. */
function sumSizes(descriptors: readonly Pick<Descriptor, 'size'>[]): number {
  return descriptors.reduce((sum, { size }) => sum + size, 0);
}
