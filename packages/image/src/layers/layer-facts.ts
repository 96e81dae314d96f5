/**
 * What is known of the files of a layer: paths, links, modes, and what their content says. A layer is read for it once;
 * what was found is kept by its diff_id, so that a base of gigabytes is not fetched again to be judged again.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ImageError } from '../errors.ts';
import { createFolder } from '../files/create-folder.ts';
import { toFileFault } from '../files/file-fault.ts';
import { writeWhole } from '../files/write-whole.ts';
import { verifyDigest } from '../image/digest.ts';
import type { ImageBlob, Layer } from '../image/image.ts';
import { defaultLayerDirectory, touch } from './compress-layer.ts';
import type { TreeEntry } from './file-tree.ts';
import { type ContentFacts, inspectContent } from './inspect-content.ts';
import { readLayerEntries } from './read-layer-entries.ts';

/** One path of a layer, and what its content says. */
export interface FileFacts extends TreeEntry, ContentFacts {}

/** What reading facts needs to know. */
export interface FactsOptions {
  /** Keeps what was found; default `.optml/layers`. */
  readonly layerDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives the facts of a layer in the order of its entries, reading it when they are not known.
 *
 * @throws ImageError `LAYER_INVALID`, `LAYER_PATH_UNSAFE`, `OUTPUT_UNWRITABLE`, `DISK_FULL`, and what opening the layer throws
 */
export async function* readLayerFacts(
  layer: Pick<Layer, 'open' | 'diffId'>,
  options: FactsOptions,
): AsyncGenerator<FileFacts> {
  if (!(await hasLayerFacts(layer, options))) await collectFacts(layer, options);
  const file = factsFile(layer, options);
  await touch(file);
  for await (const line of createInterface({ input: createReadStream(file) })) yield JSON.parse(line);
}

/** Whether the facts of a layer are known, so that it need not be read. */
export async function hasLayerFacts(
  layer: Pick<Layer, 'diffId'>,
  options: Pick<FactsOptions, 'layerDirectory'>,
): Promise<boolean> {
  return access(factsFile(layer, options)).then(
    () => true,
    () => false,
  );
}

/**
 * Gives the same layer; when all of its compressed bytes are read, to be sent, its facts are known afterwards. Bytes
 * that are not a layer are sent all the same: `readLayerFacts` says what is wrong with them.
 */
export function keepFactsWhileSent(layer: Layer, options: FactsOptions): Layer {
  return {
    ...layer,
    compress: async (signal) => {
      const blob = await layer.compress(signal);
      if (await hasLayerFacts(layer, options)) return blob;
      return { ...blob, open: (signal) => readAlong(blob, layer, { ...options, signal }) };
    },
  };
}

async function* readAlong(
  blob: ImageBlob,
  { diffId }: Layer,
  options: FactsOptions,
): AsyncGenerator<Uint8Array> {
  const copy = new PassThrough({ highWaterMark: 1024 * 1024 });
  const collecting = collectFacts({ diffId, open: () => unpack(copy, diffId) }, options).catch(() => {});
  const collected = collecting.then(() => copy.destroy());
  let last: Uint8Array | undefined;
  try {
    for await (const chunk of blob.open(options.signal)) {
      if (last !== undefined) yield last;
      if (!copy.destroyed && !copy.write(chunk))
        await Promise.race([new Promise((resolve) => copy.once('drain', resolve)), collected]);
      last = chunk;
    }
    copy.end();
    await collecting;
    // Not before: a reader with all bytes may ask for the facts.
    if (last !== undefined) yield last;
  } finally {
    copy.destroy();
  }
}

async function* unpack(compressed: Readable, diffId: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const piping = pipeline(compressed, gunzip);
  piping.catch(() => {});
  yield* verifyDigest(gunzip, diffId, () => new ImageError('LAYER_INVALID', `the layer is not ${diffId}`));
  await piping;
}

function factsFile(
  { diffId }: Pick<Layer, 'diffId'>,
  { layerDirectory = defaultLayerDirectory }: Pick<FactsOptions, 'layerDirectory'>,
): string {
  return join(layerDirectory, `${diffId.slice('sha256:'.length)}.facts-1.jsonl`);
}

async function collectFacts(layer: Pick<Layer, 'open' | 'diffId'>, options: FactsOptions): Promise<void> {
  const { layerDirectory = defaultLayerDirectory, signal } = options;
  const file = factsFile(layer, options);
  const unfinished = file.replace(/facts-\d+\.jsonl$/, `${crypto.randomUUID()}.unfinished`);
  const lines = async function* () {
    for await (const { content, mtime: _, ...entry } of readLayerEntries(layer, signal)) {
      const isFile = entry.type === 'file' && entry.deletes === undefined;
      const spoolFile = unfinished.replace('.unfinished', '-file.unfinished');
      const facts = isFile ? await inspectContent(content(), { size: entry.size, spoolFile }) : {};
      yield `${JSON.stringify({ ...entry, ...facts })}\n`;
    }
  };
  try {
    await createFolder(layerDirectory);
    await writeWhole(unfinished, async () => {
      await pipeline(lines, createWriteStream(unfinished, { flags: 'wx' }));
      return file;
    });
  } catch (error) {
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', 'keep what was read of a layer', layerDirectory);
  }
}
