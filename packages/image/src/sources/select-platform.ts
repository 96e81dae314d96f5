/** Chooses the one image of an index that is for a platform. */

import { ImageError } from '../errors.ts';
import type { Descriptor } from '../image/image.ts';
import { formatPlatform, type Platform } from '../image/platform.ts';
import type { ImageIndex, IndexEntry } from './parse-manifest.ts';

/**
 * Chooses the first image for the platform. An entry of an attestation (which names no real platform) never counts.
 *
 * @throws ImageError `PLATFORM_MISSING`, whose message lists the platforms that there are.
 */
export function selectPlatform(
  index: ImageIndex,
  platform: Platform,
  { where }: { readonly where: string },
): Descriptor {
  const images = index.manifests.filter((entry) => !isAttestation(entry));
  const found = images.find(
    (entry) => entry.platform !== undefined && isSamePlatform(entry.platform, platform),
  );
  if (found !== undefined) return found;
  // An index around one image of no stated platform is what layouts hold: the image's config will tell.
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0 && only.platform === undefined) return only;
  const there = images.map((entry) =>
    entry.platform === undefined ? 'unnamed' : formatPlatform(entry.platform),
  );
  throw new ImageError(
    'PLATFORM_MISSING',
    `${where} has no image for ${formatPlatform(platform)}: it has ${there.join(', ') || 'none'}; choose one of those, or another image`,
  );
}

/** A wanted variant must match; arm64 without one is v8. */
export function isSamePlatform(has: Platform, wanted: Platform): boolean {
  const variant = ({ architecture, variant }: Platform) =>
    variant || (architecture === 'arm64' ? 'v8' : undefined);
  return (
    has.os === wanted.os &&
    has.architecture === wanted.architecture &&
    (variant(wanted) === undefined || variant(has) === undefined || variant(has) === variant(wanted))
  );
}

/** Tells a document about an image, which an index holds beside it, from an image. */
export function isAttestation({ platform, annotations }: IndexEntry): boolean {
  return platform?.os === 'unknown' || annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}
