/** Images in memory, whose layers count how often they are compressed. */

import { gunzipSync, gzipSync } from 'node:zlib';
import type { Image, ImageBlob, Layer, LayerKind } from '@optml/image';
import { digestOf, mediaTypes } from '@optml/image/manifest';

/** What a layer of the fixture is made of. */
export interface LayerContent {
  readonly kind?: LayerKind;
  readonly tar: Buffer;
  /** Of gzip; another level gives other bytes for the same layer, as another zlib would. */
  readonly level?: number;
  /** Compressed already, as a layer of a base image. */
  readonly stored?: boolean;
  readonly origin?: Layer['origin'];
}

/** An image, and which of its layers were compressed, by the index. */
export interface CountedImage extends Image {
  readonly compressions: readonly number[];
}

/** Makes an image of layers from the bottom up; texts stand for tars with one file. */
export function makeImage(
  contents: readonly (string | LayerContent)[],
  config: Image['config']['config'] = {},
): CountedImage {
  const compressions: number[] = [];
  const layers = contents.map((content, index) =>
    makeLayer(typeof content === 'string' ? { tar: Buffer.from(content.padEnd(2048, '.')) } : content, () =>
      compressions.push(index),
    ),
  );
  const document: Image['config'] = {
    architecture: 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ history }) => history),
  };
  return {
    platform: { os: 'linux', architecture: 'amd64' },
    config: document,
    configBytes: Buffer.from(JSON.stringify(document)),
    layers,
    compressions,
  };
}

function makeLayer(
  { kind = 'application', tar, level = 1, stored = false, origin }: LayerContent,
  onCompress: () => void,
): Layer {
  const compressed = gzipSync(tar, { level });
  const blob: ImageBlob = {
    descriptor: { mediaType: mediaTypes.docker.gzip, digest: digestOf(compressed), size: compressed.length },
    async *open() {
      for (let at = 0; at < compressed.length; at += 65_536) yield compressed.subarray(at, at + 65_536);
    },
  };
  return {
    kind,
    diffId: digestOf(tar),
    history: { created_by: 'a test' },
    ...(stored && { descriptor: blob.descriptor }),
    ...(origin !== undefined && { origin }),
    async compress() {
      onCompress();
      return blob;
    },
    async *open() {
      yield gunzipSync(compressed);
    },
  };
}
