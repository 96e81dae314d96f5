/** Where the bytes of an image's layers come from: compressed here, or read from a repository that has them. */

import type { Descriptor, Image, ImageBlob, Layer } from '@optml/image';
import { mediaTypes } from '@optml/image/manifest';
import { EcrError } from '../errors.ts';
import type { OpenTarget } from './publish-target.ts';
import { type createBound, runAll } from './run-bounded.ts';

/** A layer of the manifest, and where its bytes come from. */
export interface PlannedLayer {
  readonly layer: Layer;
  readonly descriptor: Descriptor;
  /** An earlier image of a repository has it. */
  readonly known: boolean;
}

/** A layer has been compressed. */
export interface CompressedEvent {
  readonly kind: 'compressed';
  readonly diffId: string;
  readonly digest: string;
  readonly size: number;
}

/** Chooses for each layer the compressed form that costs least, and finds bytes for those that must be sent. */
export interface BlobSource {
  chooseLayers(): Promise<readonly PlannedLayer[]>;
  /** Whether the bytes of everything that is missing can be had; if not, the next choice is another. */
  coverMissing(layers: readonly PlannedLayer[], missing: readonly ReadonlySet<string>[]): Promise<boolean>;
  take(descriptor: Descriptor): ImageBlob;
}

interface BlobSourceContext {
  /** What each repository has of the image's layers, by the digests of their files. */
  readonly surveys: readonly {
    readonly target: OpenTarget;
    readonly known: ReadonlyMap<string, Descriptor>;
  }[];
  readonly bound: ReturnType<typeof createBound>;
  readonly onEvent: (event: CompressedEvent) => void;
  readonly signal: AbortSignal | undefined;
}

export function createBlobSource(
  image: Image,
  { surveys, bound, onEvent, signal }: BlobSourceContext,
): BlobSource {
  const known = new Map(surveys.flatMap((found) => [...found.known]).reverse());
  const compressed = new Map<string, ImageBlob>();
  const sources = new Map<string, ImageBlob>();
  const compress = async (layer: Layer, inner: AbortSignal) => {
    const done = compressed.get(layer.diffId);
    if (done !== undefined) return done;
    const blob = await bound(() => layer.compress(inner));
    compressed.set(layer.diffId, blob);
    sources.set(blob.descriptor.digest, blob);
    const { digest, size } = blob.descriptor;
    if (layer.descriptor === undefined) onEvent({ kind: 'compressed', diffId: layer.diffId, digest, size });
    return blob;
  };
  return {
    chooseLayers: () =>
      runAll(
        image.layers,
        async (layer, inner) => {
          const earlier = known.get(layer.diffId);
          const descriptor = earlier ?? layer.descriptor ?? (await compress(layer, inner)).descriptor;
          return { layer, descriptor: asDocker(descriptor), known: earlier !== undefined };
        },
        signal,
      ),
    async coverMissing(layers, missing) {
      const results = await runAll(
        layers.filter(({ descriptor: { digest } }) => missing.some((digests) => digests.has(digest))),
        async ({ layer, descriptor }, inner) => {
          if ((await compress(layer, inner)).descriptor.digest === descriptor.digest) return true;
          // Other bytes for the same files, as of another zlib: those that a repository has are sent on.
          const holder = surveys.find(
            (found, index) =>
              found.known.has(layer.diffId) && missing[index]?.has(descriptor.digest) === false,
          );
          if (holder !== undefined) sources.set(descriptor.digest, readFrom(holder.target, descriptor));
          else known.delete(layer.diffId);
          return holder !== undefined;
        },
        signal,
      );
      return results.every(Boolean);
    },
    take(descriptor) {
      const blob = sources.get(descriptor.digest);
      if (blob === undefined) throw new Error(`no source for ${descriptor.digest}`);
      return blob;
    },
  };
}

function asDocker({ digest, size }: Descriptor): Descriptor {
  return { mediaType: mediaTypes.docker.gzip, digest, size };
}

/** A blob of one target, for the others. */
function readFrom(target: OpenTarget, descriptor: Descriptor): ImageBlob {
  return {
    descriptor,
    async *open(signal) {
      const registry = await target.registry();
      if (registry === undefined) {
        throw new EcrError(
          'UPLOAD_FAILED',
          `layer ${descriptor.digest} can only be read through the registry API of ${target.connection.region}: publish with a transport other than ecr-api`,
          { repository: target.repository, digest: descriptor.digest },
        );
      }
      yield* registry.openBlob(descriptor, { repository: target.repository, signal });
    },
  };
}
