/** Keeps a layer directory small: what was used last stays. */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How much stays. */
export interface PruneOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Default 2 GiB. */
  readonly keepBytes?: number | undefined;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Removes the layers that were used longest ago, until those that are left have at most `keepBytes`; what was found out
 * about layers that were not used for a month; and what a process that was killed has left for a day. Never removes a layer
 * that was used in the last hour: another process may be sending it. Gives the bytes that were removed.
 */
export async function pruneLayers(
  layerDirectory: string,
  { nowMs, keepBytes = 2 * 1024 ** 3 }: PruneOptions,
): Promise<number> {
  const files = await listFiles(layerDirectory);
  let kept = 0;
  let removed = 0;
  for (const { file, size, usedMs } of files.sort((left, right) => right.usedMs - left.usedMs)) {
    const isLayer = file.endsWith('.tar.gz');
    kept += isLayer ? size : 0;
    const age = nowMs - usedMs;
    const keptMs = file.endsWith('.jsonl') ? 30 * dayMs : dayMs;
    if (isLayer ? kept <= keepBytes || age < hourMs : age < keptMs) continue;
    await rm(file, { force: true });
    removed += size;
    kept -= isLayer ? size : 0;
  }
  return removed;
}

/** Only what this package writes there: compressed layers, facts, and what is unfinished or an engine's archive. */
const own =
  /^[0-9a-f]{64}\.[^/]+\.(tar\.gz|unfinished)$|^[0-9a-f]{64}\.facts-\d+\.jsonl$|^engine-[0-9a-f-]{36}\.tar$/;

async function listFiles(folder: string) {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Nothing was compressed yet.
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = [];
  for (const name of names.filter((candidate) => own.test(candidate))) {
    const file = join(folder, name);
    // Another process may prune at the same time.
    const stats = await stat(file).catch(() => undefined);
    if (stats !== undefined) files.push({ file, size: stats.size, usedMs: stats.mtimeMs });
  }
  return files;
}
