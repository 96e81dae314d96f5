/**
 * Reads an image from a file of `docker save`, in its old form (`manifest.json`, a tar for each layer) and in the
 * new one (an OCI layout inside the tar). The file is never unpacked: blobs are read where they lie.
 */

import { verifyBlob } from '../image/digest.ts';
import type { Descriptor, Image } from '../image/image.ts';
import { splitImageName } from '../image/reference.ts';
import {
  findEntry,
  type OpenArchive,
  openArchive,
  readEntry,
  requireEntry,
  streamEntry,
} from './open-archive.ts';
import { parseIndex, type ReadFileOptions, readNamedImage } from './read-layout.ts';
import { readOldArchive } from './read-old-archive.ts';
import { type BlobSource, describeManifest, readDocument } from './read-stored-image.ts';

/**
 * Reads an image of the archive `place`, a file, behind which the name may stand: `image.tar:team/app:1`.
 *
 * @throws ImageError `BASE_NOT_FOUND` for a file that is not there, or has no image of the name;
 *   `ARCHIVE_INVALID` for one that is truncated, compressed, or no archive; and what `readStoredImage` throws.
 */
export async function readArchive(place: string, options: ReadFileOptions): Promise<Image> {
  const { path, name } = await splitImageName(place, options.name);
  const archive = await openArchive(path);
  const named = { ...options, name };
  const layoutIndex = findEntry(archive, 'index.json');
  // A tar with both holds the same images twice; in the layout everything has a digest.
  if (layoutIndex !== undefined && findEntry(archive, 'oci-layout') !== undefined) {
    const index = parseIndex(await readEntry(archive, layoutIndex), path);
    return readNamedImage(openArchivedLayout(archive), index, named);
  }
  return readOldArchive(archive, named);
}

function openArchivedLayout(archive: OpenArchive): BlobSource {
  const { file } = archive;
  const pathOf = ({ digest }: Descriptor) => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  const openBlob: BlobSource['openBlob'] = (descriptor, signal) => {
    const place = requireEntry(archive, pathOf(descriptor));
    return verifyBlob(streamEntry(archive, place, signal), descriptor, file);
  };
  return {
    where: file,
    openBlob,
    holds: async (descriptor) => findEntry(archive, pathOf(descriptor)) !== undefined,
    readManifest: async (descriptor, signal) =>
      describeManifest(
        await readDocument({ where: file, openBlob }, descriptor, signal),
        descriptor.mediaType,
      ),
  };
}
