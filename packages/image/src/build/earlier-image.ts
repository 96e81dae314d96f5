/** Knows the images that earlier builds wrote, so that none is packed into the next; by what is in them, not by name. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStart } from '../files/read-elf.ts';
import { archiveStart } from '../sinks/write-archive.ts';
import { openArchive, readEntry, requireEntry } from '../sources/open-archive.ts';
import { isObject, parseJsonObject } from '../sources/parse-json.ts';
import { parseManifest } from '../sources/parse-manifest.ts';
import { blobFile } from '../sources/read-layout.ts';

/** What a layout consists of; other files beside them belong to the user. */
export const layoutNames: ReadonlySet<string> = new Set(['blobs', 'index.json', 'oci-layout']);

/** Whether optml has built all the images of the OCI layout in `folder`. False for whatever cannot be read. */
export async function isBuiltLayout(folder: string): Promise<boolean> {
  return areBuilt((path) => readFile(join(folder, path)));
}

/** Whether `file` is an archive that optml wrote. Opens only files of a size that a tar can have. */
export async function isBuiltArchive(file: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes <= archiveStart.length || sizeBytes % 512 !== 0) return false;
  if ((await readStart(file, archiveStart.length))?.equals(archiveStart) !== true) return false;
  return areBuilt(async (path) => {
    const archive = await openArchive(file);
    return readEntry(archive, requireEntry(archive, path));
  });
}

/** A build that was killed leaves such a file. */
export function isUnfinished(name: string): boolean {
  return /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.unfinished$/.test(name);
}

async function areBuilt(read: (path: string) => Promise<Uint8Array>): Promise<boolean> {
  try {
    const index = parseManifest(await read('index.json'), { where: 'index.json' });
    if (index.kind !== 'index' || index.manifests.length === 0) return false;
    for (const { digest, mediaType } of index.manifests) {
      const manifest = parseManifest(await read(blobFile('', digest)), { mediaType, where: digest });
      if (manifest.kind !== 'image' || !isBuilt(await read(blobFile('', manifest.config.digest))))
        return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** The last step of the history is ours: nobody has built on it. */
function isBuilt(config: Uint8Array): boolean {
  const { history } = parseJsonObject(config, 'CONFIG_INVALID', 'the config');
  const last: unknown = Array.isArray(history) ? history.at(-1) : undefined;
  return isObject(last) && typeof last.comment === 'string' && last.comment.startsWith('optml: ');
}
