/** `optml build`: the project's image, without Docker. */

import { isAbsolute, relative, resolve, sep } from 'node:path';
import {
  type Descriptor,
  formatPlatform,
  ImageError,
  type WrittenImage,
  writeArchive,
  writeLayout,
} from '@optml/image';
import { assertArchivePlace, assertLayoutPlace } from '@optml/image/files';
import { pruneLayers } from '@optml/image/layers';
import { assembleManifest } from '@optml/image/manifest';
import { type ImageLocation, isTag, parseImageLocation } from '@optml/image/reference';
import { CliError } from '../errors.ts';
import { buildProjectImage, type ProjectImage } from '../image/build-project-image.ts';
import type { NetworkOptions } from '../image/network.ts';
import { translateImageErrors } from '../image/translate-image-errors.ts';
import type { Context } from '../process/context.ts';
import { isInBundle } from '../project/bundle-current.ts';
import { type OpenProject, openProject } from '../project/open-project.ts';
import { assertSbomPlace, writeSbom } from '../sbom/write-sbom.ts';
import { formatSize } from '../terminal/format-size.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml build` as they were typed. */
export interface BuildCommandOptions extends NetworkOptions {
  readonly base?: string;
  readonly platform?: string;
  readonly output: string;
  readonly tag: string;
  readonly label: readonly string[];
  readonly sbom?: string;
  readonly json?: true;
}

/**
 * Builds the image that the project declares, writes it, and prints its digest: that of the Docker manifest, which
 * is what a registry gets. The folder or file may hold another manifest around the same config and layers.
 *
 * @throws CliError `USAGE`, `PROJECT_INVALID`, `BASE_UNUSABLE`, `IMAGE_NOT_BUILT`
 */
export async function build(options: BuildCommandOptions, context: Context): Promise<void> {
  const { environment, workingDirectory, stdout, stderr, stop: signal } = context;
  const output = parseOutput(options.output);
  if (!isTag(options.tag)) {
    throw new CliError(
      'USAGE',
      `--tag "${options.tag}" is not a valid tag: give up to 128 letters, digits, dots, hyphens and underscores`,
    );
  }
  const path = resolve(workingDirectory, output.path);
  const sbom = options.sbom === undefined ? undefined : resolve(workingDirectory, options.sbom);
  if (sbom !== undefined) assertApart(sbom, path);
  const labels = parseLabels(options.label);
  const project = await openProject(workingDirectory);
  await translateImageErrors(() => assertPlaces({ ...output, path }, { sbom, project }));
  const built = await buildProjectImage(project, {
    flags: options,
    environment,
    workingDirectory,
    stderr,
    signal,
    labels,
    outputs: sbom === undefined ? [path] : [path, sbom],
  });
  const result = await translateImageErrors(async () => {
    const written = await write(built, { output: { ...output, path }, tag: options.tag, stderr, signal });
    const described = describeResult(built, written, options);
    if (sbom !== undefined) await writeSbom(built, { file: sbom, digest: described.digest, signal });
    return described;
  });
  await pruneLayers(built.layerDirectory, { nowMs: Date.now() });
  if (options.json === true) return writeResult(stdout, result);
  const shown = isAbsolute(output.path) ? path : relative(workingDirectory, path) || '.';
  await writeTo(stdout, `image   ${output.kind}:${shown}\ndigest  ${result.digest}\n`);
}

/** The folder or file of the image is replaced as a whole. */
function assertApart(sbom: string, image: string): void {
  if (sbom !== image && !sbom.startsWith(`${image}${sep}`)) return;
  throw new CliError('USAGE', `--sbom names ${sbom}, which the image is written to: choose another file`);
}

/** Asked before the work begins, and before anything is written. */
async function assertPlaces(
  { kind, path }: Output,
  { sbom, project }: { readonly sbom: string | undefined; readonly project: OpenProject },
): Promise<void> {
  await (kind === 'oci' ? assertLayoutPlace(path) : assertArchivePlace(path));
  if (sbom !== undefined) await assertSbomPlace(sbom);
  for (const file of sbom === undefined ? [path] : [path, sbom]) {
    if (!isInBundle(file, project)) continue;
    const message = `cannot write to ${file}: the next bundle takes the place of this folder; choose another path`;
    throw new CliError('USAGE', message);
  }
}

function parseLabels(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
      throw new CliError('USAGE', `--label "${word}" is not a label: write it as name=value`);
    }),
  );
}

type Output = Extract<ImageLocation, { kind: 'oci' | 'docker' }>;

function parseOutput(text: string): Output {
  try {
    const location = parseImageLocation(text);
    const isNamed = 'path' in location && /:[^/]*$/.test(location.path);
    if ((location.kind === 'oci' || location.kind === 'docker') && !isNamed) return location;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  throw new CliError(
    'USAGE',
    `--output "${text}" is not a valid output: give oci:DIR or docker:FILE, and the tag as --tag (to a registry, use optml publish)`,
  );
}

interface WriteOptions {
  readonly output: Output;
  readonly tag: string;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

async function write(
  { image, name }: ProjectImage,
  { output, tag, stderr, signal }: WriteOptions,
): Promise<WrittenImage> {
  const total = image.layers.length;
  const onLayer = (index: number, { digest, size }: Descriptor) => {
    const kind = image.layers[index]?.kind;
    void writeProse(stderr, `layer ${index + 1} of ${total}, ${kind}: ${formatSize(size)}, ${digest}`);
  };
  return output.kind === 'oci'
    ? writeLayout(image, { path: output.path, name: tag, signal, onLayer })
    : writeArchive(image, { path: output.path, name: `${name}:${tag}`, signal, onLayer });
}

function describeResult(
  { image, name, base, platform }: ProjectImage,
  written: WrittenImage,
  { output, tag }: BuildCommandOptions,
) {
  const { manifest, config } = assembleManifest(image, { layerDescriptors: written.layers });
  const { digest, mediaType } = manifest.descriptor;
  return {
    digest,
    mediaType,
    name,
    tag,
    base,
    platform: formatPlatform(platform),
    output: { place: output, digest: written.manifest.digest, mediaType: written.manifest.mediaType },
    config: config.descriptor.digest,
    layers: written.layers.map(({ digest, size }, index) => ({
      digest,
      size,
      diffId: image.layers[index]?.diffId,
      kind: image.layers[index]?.kind,
    })),
  };
}
