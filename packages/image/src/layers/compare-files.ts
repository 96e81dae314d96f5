/** What a new image adds, changes and removes, file by file, in the layers that differ. */

import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { digestOfStream } from '../image/digest.ts';
import type { Layer } from '../image/image.ts';
import { readLayerEntries } from './read-layer-entries.ts';

/** A layer that can be read. */
export type ReadableLayer = Pick<Layer, 'open' | 'diffId'>;

/** Paths, sorted. */
export interface FileChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

interface Compared {
  /** The layers that only the old image had. */
  readonly before: readonly ReadableLayer[];
  /** Those that only the new one has. */
  readonly after: readonly ReadableLayer[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares the files of layers in which two images differ.
 *
 * @throws ImageError what the layers throw
 */
export async function compareFiles({ before, after, signal }: Compared): Promise<FileChanges> {
  const [old, now] = [await listFiles(before, signal), await listFiles(after, signal)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return {
    added: paths.filter((path) => !old.has(path)),
    changed: paths.filter((path) => old.has(path) && now.has(path) && old.get(path) !== now.get(path)),
    removed: paths.filter((path) => !now.has(path)),
  };
}

/** By path: what the file is, in one word that differs when the file does. Folders are not files. */
async function listFiles(
  layers: readonly ReadableLayer[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const layer of layers) {
    for await (const file of readLayerEntries(layer, signal)) {
      if (file.type === 'directory' || file.deletes !== undefined) continue;
      const digest = await digestOfStream(file.content());
      files.set(file.path, `${file.type} ${file.mode} ${file.linkTarget ?? ''} ${digest}`);
    }
  }
  return files;
}

/** A compressed layer, opened: reads through gzip. */
export function openCompressed(
  diffId: string,
  open: (signal?: AbortSignal) => AsyncIterable<Uint8Array>,
): ReadableLayer {
  return {
    diffId,
    // A failure of either side destroys both, and is thrown by the reader.
    open: (signal) => pipeline(open(signal), createGunzip(), () => {}),
  };
}
