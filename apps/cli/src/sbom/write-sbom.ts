/** Writes the list of what an image holds. */

import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertReplaceable, createFolder, replaceFile } from '@optml/image/files';
import { CliError } from '../errors.ts';
import type { ProjectImage } from '../image/build-project-image.ts';
import { createSbom } from './create-sbom.ts';
import { readBasePackages } from './read-base-packages.ts';

/** @throws ImageError `OUTPUT_OCCUPIED` for a file that is not a list of this kind, `OUTPUT_UNWRITABLE` */
export function assertSbomPlace(file: string): Promise<void> {
  return assertReplaceable(file, {
    doing: 'write what the image holds (--sbom)',
    what: 'a CycloneDX list',
    isKind: (head) => head.includes('"CycloneDX"'),
  });
}

/**
 * Writes `file`, which appears whole or not at all.
 *
 * @throws CliError `IMAGE_NOT_BUILT` for a file that cannot be written; ImageError what reading the base throws
 */
export async function writeSbom(
  { name, platform, base, baseImage, node, report }: ProjectImage,
  { file, digest, signal }: { readonly file: string; readonly digest: string; readonly signal: AbortSignal },
): Promise<void> {
  const ofBase = baseImage && { name: base, ...(await readBasePackages(baseImage, signal)) };
  const libraries =
    node?.layer.entries?.filter(({ type, path }) => type === 'file' && /\.so\b/.test(path)) ?? [];
  const sbom = createSbom({
    name,
    digest,
    platform,
    report,
    base: ofBase,
    node: node && { version: node.version, libraries: libraries.map(({ path }) => `/${path}`) },
  });
  try {
    await createFolder(dirname(file));
    await replaceFile(file, (unfinished) =>
      writeFile(unfinished, `${JSON.stringify(sbom, undefined, 2)}\n`, { flag: 'wx' }),
    );
  } catch (cause) {
    throw new CliError(
      'IMAGE_NOT_BUILT',
      `cannot write what the image holds to --sbom ${file}: ${(cause as Error).message}; name another file`,
      { cause },
    );
  }
}
