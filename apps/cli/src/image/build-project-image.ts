/** Builds the image that a project declares. Compresses and writes nothing. */

import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BundleReport } from '@optml/bundle';
import type { Environment } from '@optml/contract/environment';
import { buildImage, type Image, type Platform, parsePlatform } from '@optml/image';
import { createNativeFilter } from '@optml/image/native';
import { type ImageLocation, parseImageLocation } from '@optml/image/reference';
import { describeCapabilities, serveErrorCodes } from '@optml/serve/capabilities';
import { readValue } from '../configuration/settings.ts';
import { CliError } from '../errors.ts';
import { ownFolder } from '../project/bundle-current.ts';
import type { OpenProject } from '../project/open-project.ts';
import { writeProse } from '../terminal/write-to.ts';
import { assertPrograms } from './assert-programs.ts';
import { describeEarlier, describeLeftOut } from './describe-left-out.ts';
import { assertNoSource, listLayers, readIgnoreRules } from './list-layers.ts';
import { type NetworkOptions, readNetwork } from './network.ts';
import { noteCompileCache } from './note-compile-cache.ts';
import { openImage } from './open-image.ts';
import { createProjectNodeLayer, type ProjectNodeLayer } from './project-node-layer.ts';
import { type ImageDeclaration, readImageDeclaration } from './read-image-declaration.ts';
import { readRegistryLogin } from './registry-login.ts';
import { translateImageErrors } from './translate-image-errors.ts';

/** What may be said on the command line. */
interface ProjectImageFlags extends NetworkOptions {
  readonly base?: string | undefined;
  readonly platform?: string | undefined;
}

/** How an image is built. */
export interface ProjectImageOptions {
  readonly flags: ProjectImageFlags;
  readonly environment: Environment;
  /** What the path of a base starts from. */
  readonly workingDirectory: string;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Put over those that are declared. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Absolute paths that will be written to: the image's first. */
  readonly outputs?: readonly string[];
}

/** An image with what it is called. */
export interface ProjectImage {
  readonly image: Image;
  readonly name: string;
  readonly project: OpenProject;
  readonly platform: Platform;
  /** As it was named. */
  readonly base: string;
  /** The folder of the project, and of compressed layers that are kept. */
  readonly folder: string;
  readonly layerDirectory: string;
  readonly baseImage: Image | undefined;
  /** Of an image from scratch. */
  readonly node: ProjectNodeLayer | undefined;
  /** What was bundled. */
  readonly report: BundleReport | undefined;
}

/** @throws CliError `PROJECT_INVALID`, `USAGE`, `BASE_UNUSABLE`, `IMAGE_NOT_BUILT` */
export async function buildProjectImage(
  project: OpenProject,
  options: ProjectImageOptions,
): Promise<ProjectImage> {
  const { environment, stderr, signal, labels = {}, outputs = [] } = options;
  return translateImageErrors(async () => {
    const given = { flags: { ...options.flags }, environment };
    const platformName = readValue<string>('image.platform', project.loaded, given);
    const platform = parsePlatform(platformName);
    const base = readValue<string>('image.base', project.loaded, given);
    const architecture = platform.architecture === 'arm64' ? 'arm64' : 'amd64';
    const declaration = await readImageDeclaration(project, { architecture, stderr });
    const location = parseImageLocation(base);
    const ignore = await readIgnoreRules(declaration);
    const layers = await listLayers(declaration, ignore);
    for (const output of outputs) await assertNoSource(output, layers);
    const { folder, name } = declaration;
    const layerDirectory = join(folder, ownFolder, 'layers');
    const shared = { platform, layerDirectory, signal };
    await writeProse(stderr, `building the image ${name} on ${base}, ${platformName}`);
    const files = layers.flatMap((layer) => layer.files);
    const collect = { ignore, isLeftOut: createNativeFilter(platform) };
    const node =
      location.kind === 'scratch'
        ? await createProjectNodeLayer(folder, { platform, files, collect })
        : undefined;
    const baseImage = await openBase(location, { ...options, ...shared, name: base, project });
    const leftOut: string[] = [];
    const earlier: string[] = [];
    const isForeign = createNativeFilter(platform, (path) => leftOut.push(path));
    const image = await buildImage({
      ...shared,
      base: baseImage,
      layers: node === undefined ? layers : [node.layer, ...layers],
      outputs,
      onReadBase: (count) =>
        void writeProse(stderr, `reading ${count === 1 ? 'a layer' : `${count} layers`} of the base, once`),
      isLeftOut: (path, type) =>
        // Of this project or of one in a folder below: what optml keeps for itself.
        (type === 'directory' && basename(path) === ownFolder) || isForeign(path, type),
      ignore,
      onEarlierImage: (path) => earlier.push(path),
      run: await describeRun(declaration, { base, location, labels }),
    });
    const note = noteCompileCache(declaration);
    if (note !== undefined) await writeProse(stderr, note);
    for (const line of [...describeLeftOut(leftOut, folder), ...describeEarlier(earlier, folder)])
      await writeProse(stderr, line);
    const { report } = declaration;
    return { image, name, project, platform, base, folder, layerDirectory, baseImage, node, report };
  });
}

interface BaseOptions extends ProjectImageOptions {
  readonly platform: Platform;
  readonly layerDirectory: string;
  /** As it was given. */
  readonly name: string;
  readonly project: OpenProject;
}

async function openBase(location: ImageLocation, options: BaseOptions): Promise<Image | undefined> {
  const { platform, layerDirectory, workingDirectory, signal } = options;
  const base =
    location.kind === 'scratch'
      ? undefined
      : await openImage(location, {
          platform,
          layerDirectory,
          workingDirectory,
          signal,
          credentials: (host) => readRegistryLogin(host, options),
          network: await readNetwork(options.flags, options),
        });
  if (options.project.training?.endsWith('.py')) await assertPrograms(base, ['node', 'python3'], options);
  return base;
}

async function describeRun(
  declaration: ImageDeclaration,
  typed: Pick<ProjectImage, 'base'> & {
    readonly location: ImageLocation;
    readonly labels: Readonly<Record<string, string>>;
  },
) {
  const { entrypoint, command, environment, workingDirectory, user, exposedPorts } = declaration;
  return {
    entrypoint,
    command,
    environment,
    // A path of this machine would say nothing elsewhere, and make two clones differ.
    labels: {
      ...(typed.location.kind === 'registry' && { 'org.opencontainers.image.base.name': typed.base }),
      ...(declaration.predictor !== undefined &&
        (await readCapabilities(declaration, declaration.predictor))),
      ...declaration.labels,
      ...typed.labels,
    },
    workingDirectory,
    user,
    exposedPorts,
  };
}

/** SageMaker routes by these labels, so they are the predictor's own and nobody's handwriting. */
async function readCapabilities({ folder }: ImageDeclaration, predictor: string) {
  const file = resolve(folder, predictor);
  try {
    return await describeCapabilities(pathToFileURL(file));
  } catch (cause) {
    const { code, message } = cause as Error & { readonly code?: string };
    if (!serveErrorCodes.some((known) => known === code)) throw cause;
    throw new CliError('PROJECT_INVALID', `cannot read the capabilities of ${file}: ${message}`, { cause });
  }
}
