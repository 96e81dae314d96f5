/** Builds the image that a project declares. Compresses and writes nothing. */

import { access, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  buildImage,
  createIgnoreRules,
  createNativeFilter,
  type IgnoreRules,
  type Image,
  ImageError,
  type ImageLocation,
  type LayerKind,
  type LayerSource,
  type Platform,
  parseImageLocation,
  parsePlatform,
  readIgnoreFile,
} from '@optml/image';
import { describeCapabilities, serveErrorCodes } from '@optml/serve/capabilities';
import type { ImageFile } from '../configuration/project-config.ts';
import { readValue } from '../configuration/settings.ts';
import { CliError } from '../errors.ts';
import { ownFolder } from '../project/bundle-current.ts';
import { type OpenProject, openProject } from '../project/open-project.ts';
import type { Surroundings } from '../surroundings.ts';
import { writeProse } from '../write-to.ts';
import { assertPrograms } from './assert-programs.ts';
import { describeEarlier, describeLeftOut } from './describe-left-out.ts';
import { type Network, type NetworkOptions, readNetwork } from './network.ts';
import { noteCompileCache } from './note-compile-cache.ts';
import { openImage } from './open-image.ts';
import { createProjectNodeLayer } from './project-node-layer.ts';
import { type ImageDeclaration, readImageDeclaration } from './read-image-declaration.ts';
import { readRegistryLogin } from './registry-login.ts';

/** What may be said on the command line. */
export interface ProjectImageOptions extends NetworkOptions {
  readonly base?: string | undefined;
  readonly platform?: string | undefined;
  /** Put over those that are declared. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default: that of the current folder. */
  readonly project?: OpenProject;
  /** An absolute path: what the image will be written to. */
  readonly output?: string;
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
}

/** @throws CliError `PROJECT_INVALID`, `USAGE`, `BASE_UNUSABLE`, `IMAGE_NOT_BUILT` */
export async function buildProjectImage(
  options: ProjectImageOptions,
  surroundings: Surroundings,
): Promise<ProjectImage> {
  const project = options.project ?? (await openProject(surroundings));
  return translateImageErrors(async () => {
    const given = { flags: { ...options }, environment: surroundings.environment };
    const platformName = readValue<string>('image.platform', project.loaded, given);
    const platform = parsePlatform(platformName);
    const base = readValue<string>('image.base', project.loaded, given);
    const declaration = await readImageDeclaration(
      project,
      platform.architecture === 'arm64' ? 'arm64' : 'amd64',
      surroundings,
    );
    const location = parseImageLocation(base);
    const ignore = await readIgnoreRules(declaration);
    const layers = await listLayers(declaration, ignore);
    if (options.output !== undefined) await assertNoSource(options.output, layers);
    const { folder, name } = declaration;
    const layerDirectory = join(folder, ownFolder, 'layers');
    const shared = { platform, layerDirectory, signal: surroundings.stop };
    await writeProse(surroundings.stderr, `building the image ${name} on ${base}, ${platformName}`);
    const node =
      location.kind === 'scratch'
        ? [
            await createProjectNodeLayer(folder, {
              platform,
              nodeFile: surroundings.nodeFile,
              files: layers.flatMap((layer) => layer.files),
              collect: { ignore, isLeftOut: createNativeFilter(platform) },
            }),
          ]
        : [];
    const leftOut: string[] = [];
    const earlier: string[] = [];
    const isForeign = createNativeFilter(platform, (path) => leftOut.push(path));
    const image = await buildImage({
      ...shared,
      base: await openBase(location, {
        ...shared,
        surroundings,
        network: await readNetwork(options, surroundings),
        name: base,
        programs: project.training?.endsWith('.py') ? ['node', 'python3'] : [],
      }),
      layers: [...node, ...layers],
      outputs: options.output === undefined ? [] : [options.output],
      onReadBase: (count) =>
        void writeProse(
          surroundings.stderr,
          `reading ${count === 1 ? 'a layer' : `${count} layers`} of the base, once`,
        ),
      isLeftOut: (path, type) =>
        // Of this project or of one in a folder below: what optml keeps for itself.
        (type === 'directory' && basename(path) === ownFolder) || isForeign(path, type),
      ignore,
      onEarlierImage: (path) => earlier.push(path),
      run: await describeRun(declaration, { base, location, labels: options.labels ?? {} }),
    });
    const note = noteCompileCache(declaration);
    if (note !== undefined) await writeProse(surroundings.stderr, note);
    for (const line of [...describeLeftOut(leftOut, folder), ...describeEarlier(earlier, folder)])
      await writeProse(surroundings.stderr, line);
    return { image, name, project, platform, base, folder, layerDirectory };
  });
}

/** Writing the image would overwrite what it is made of, or the next build would take the image for a part of it. */
async function assertNoSource(output: string, layers: readonly LayerSource[]): Promise<void> {
  const real = await realpath(output).catch(() => undefined);
  if (real === undefined) return;
  for (const { from, isFound } of layers.flatMap(({ files }) => files)) {
    const source = await realpath(from);
    // What a pattern matched is left out.
    if (isFound === true && source === real) continue;
    if (source !== real && !source.startsWith(`${real}${sep}`)) continue;
    throw new CliError(
      'USAGE',
      `--output names ${output}, and the image is made of ${source === real ? 'it' : from}: choose another path`,
    );
  }
}

interface BaseOptions {
  readonly platform: Platform;
  readonly layerDirectory: string;
  readonly signal: AbortSignal;
  readonly network: Network;
  readonly surroundings: Surroundings;
  /** As it was given. */
  readonly name: string;
  /** What has to be in it. */
  readonly programs: readonly string[];
}

async function openBase(location: ImageLocation, options: BaseOptions): Promise<Image | undefined> {
  const base = location.kind === 'scratch' ? undefined : await openNamedBase(location, options);
  if (options.programs.length > 0) await assertPrograms(base, options.programs, options);
  return base;
}

async function openNamedBase(
  location: Exclude<ImageLocation, { readonly kind: 'scratch' }>,
  { surroundings, ...options }: BaseOptions,
): Promise<Image> {
  const { workingDirectory } = surroundings;
  const credentials = (host: string) => readRegistryLogin(host, surroundings);
  return openImage(location, { ...options, workingDirectory, credentials });
}

/** From the one that changes least to the one that changes most. */
const kinds = ['dependencies', 'model', 'application'] as const;

async function listLayers(
  { files, folder }: ImageDeclaration,
  ignore: IgnoreRules,
): Promise<readonly LayerSource[]> {
  const there: (ImageFile & { readonly isFound: boolean })[] = [];
  for (const file of files) {
    const path = resolve(folder, file.from);
    const found = await findDeclared(path, ignore);
    there.push(...found.map((from) => ({ ...file, from, isFound: isPattern(path) })));
    if (found.length > 0) continue;
    if (file.optional !== true) {
      throw new CliError(
        'PROJECT_INVALID',
        `${path} is to be copied into the image and does not exist: make it first, or change image.files in the configuration of ${folder}`,
        { facts: { path } },
      );
    }
  }
  return kinds.map((kind) => ({
    kind,
    files: there
      .filter((file) => layerOf(file) === kind)
      .map(({ from, to, mode, isFound }) => ({
        from: resolve(folder, from),
        to,
        isFound,
        mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
      })),
  }));
}

/** The path itself, or what it matches when its last part has a `*`, which stands for any letters. */
async function findDeclared(path: string, ignore: IgnoreRules): Promise<readonly string[]> {
  if (!isPattern(path)) {
    return access(path).then(
      () => [path],
      () => [],
    );
  }
  const parts = basename(path).split('*');
  const literal = parts.map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const pattern = new RegExp(`^${literal.join('.*')}$`, 's');
  // A folder that is not there has no match, which the caller reports.
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => pattern.test(name))
    .map((name) => join(dirname(path), name))
    .filter((file) => !ignore.ignores(file));
}

function isPattern(path: string): boolean {
  return basename(path).includes('*');
}

function layerOf({ layer, from }: ImageFile): LayerKind {
  return layer ?? (basename(from) === 'node_modules' ? 'dependencies' : 'application');
}

/**
 * The project's .dockerignore says what Docker is not given, and often that is what a build makes: it counts inside
 * of what is declared, unless it ignores the declared folder itself.
 */
async function readIgnoreRules({ folder, files, ignore = [] }: ImageDeclaration): Promise<IgnoreRules> {
  const own = createIgnoreRules(ignore.join('\n'), folder);
  const docker = await readIgnoreFile(folder);
  const built = files
    .map(({ from }) => resolve(folder, isPattern(from) ? dirname(from) : from))
    .filter((path) => docker?.ignores(path));
  const isBuilt = (path: string) => built.some((source) => path.startsWith(`${source}${sep}`));
  return {
    hasExceptions: own.hasExceptions || docker?.hasExceptions === true,
    ignores: (path) => own.ignores(path) || (docker?.ignores(path) === true && !isBuilt(path)),
  };
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
    throw new CliError('PROJECT_INVALID', `cannot tell what ${file} implements: ${message}`, { cause });
  }
}

/** Says in the words of the command line what an image's error means. */
export async function translateImageErrors<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if ((error as Error)?.name === 'AbortError') {
      throw new CliError('IMAGE_NOT_BUILT', 'the image was not built: it was stopped from the terminal', {
        cause: error,
      });
    }
    if (!(error instanceof ImageError)) throw error;
    const { code, message, path } = error;
    const facts = { cause: code, ...(path !== undefined && { path }) };
    throw new CliError(codeFor(code), message, { facts, cause: error });
  }
}

function codeFor(code: ImageError['code']): CliError['code'] {
  if (code === 'PLATFORM_INVALID' || code === 'REFERENCE_INVALID') return 'USAGE';
  if (code === 'BASE_NOT_FOUND' || code === 'PLATFORM_MISSING') return 'BASE_UNUSABLE';
  return code === 'BUILD_INVALID' ? 'PROJECT_INVALID' : 'IMAGE_NOT_BUILT';
}
