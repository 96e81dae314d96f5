/** Finds in an image what SageMaker would refuse or stumble over after the push. */

import type { Image } from '@optml/image';
import { mediaTypes } from '@optml/image/manifest';
import { parseRegistryHost } from '../connection/registry-host.ts';
import { type LintFinding, report } from './finding.ts';
import { type ImageUse, lintConfig } from './lint-config.ts';
import { type LintFilesOptions, lintFiles } from './lint-files.ts';

/** What lint needs to know. */
export interface LintOptions extends LintFilesOptions, ImageUse {}

/**
 * Lints an image. Each layer is read once, also for later runs with the same `layerDirectory`. Files are judged in the
 * layers that were added to a base, or in all where no base is known.
 *
 * @throws ImageError `LAYER_INVALID`, `LAYER_PATH_UNSAFE`, `OUTPUT_UNWRITABLE`, `DISK_FULL`
 */
export async function lintImage(image: Image, options: LintOptions): Promise<readonly LintFinding[]> {
  const files = await lintFiles(image, options);
  return [
    ...lintPlace(options),
    ...lintConfig(image, { ...options, tarBytes: files.tarBytes }),
    ...files.findings,
  ];
}

function lintPlace({ mediaType, reference, region }: ImageUse): readonly LintFinding[] {
  const findings: LintFinding[] = [];
  if (mediaType !== undefined && mediaType !== mediaTypes.docker.manifest) {
    findings.push(report('MANIFEST_TYPE', `the manifest has the type ${mediaType}`));
  }
  if (reference !== undefined && reference.length > 255) {
    findings.push(report('URI_LENGTH', `"${reference}" has ${reference.length} characters`));
  }
  const host = parseRegistryHost(reference?.split('/')[0] ?? '');
  if (host !== undefined && region !== undefined && host.region !== region) {
    findings.push(report('REGION', `${reference} is in ${host.region}, the model in ${region}`));
  }
  return findings;
}
