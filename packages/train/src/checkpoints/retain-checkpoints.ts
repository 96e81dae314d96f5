/** Deletes the checkpoints that are no longer worth their disk. */

import { rm } from 'node:fs/promises';
import { isBeingUploaded, removeMarkers } from './upload-markers.ts';

/**
 * Keeps the first `keep` of `paths`, which come newest first and begin with one that is known to be whole. One that
 * is being uploaded stays as well: deleting it would leave the platform with half of it.
 */
export async function retainCheckpoints(paths: readonly string[], keep: number): Promise<void> {
  for (const path of paths.slice(keep)) {
    if (await isBeingUploaded(path)) continue;
    await rm(path, { force: true });
    await removeMarkers(path);
  }
}
