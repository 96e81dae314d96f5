/** Gets the image that is published or linted: from a folder, a file, a container engine, a registry, or built now. */

import { join, resolve } from 'node:path';
import { type Image, parsePlatform, readDaemonImage } from '@optml/image';
import { formatReference, parseImageLocation } from '@optml/image/reference';
import { CliError } from '../errors.ts';
import { buildProjectImage, type ProjectImageOptions } from '../image/build-project-image.ts';
import { type NetworkOptions, readNetwork } from '../image/network.ts';
import { openImage } from '../image/open-image.ts';
import { readRegistryLogin } from '../image/registry-login.ts';
import { ownFolder } from '../project/bundle-current.ts';
import { type OpenProject, openProject } from '../project/open-project.ts';

/** Where the image is. */
interface SourceFlags extends NetworkOptions {
  readonly image?: string;
  readonly base?: string;
  readonly platform?: string;
}

/** How it is opened. */
export interface SourceOptions extends Omit<ProjectImageOptions, 'flags' | 'labels' | 'outputs'> {
  readonly flags: SourceFlags;
  /** To build, where no image is named; default: that of the current folder. */
  readonly project?: OpenProject | undefined;
}

/** An image, and what removes the files that were made to read it. */
export interface SourceImage {
  readonly image: Image;
  /** What it was built of, where it was built now. */
  readonly project?: OpenProject | undefined;
  /** Of an image in a registry, as CreateModel would be given it. */
  readonly reference?: string | undefined;
  /** Where layers that were compressed are kept, and what is known of layers. */
  readonly layerDirectory: string;
  remove(): Promise<void>;
}

/** @throws CliError, ImageError, EcrError what the source throws */
export async function openSourceImage(options: SourceOptions): Promise<SourceImage> {
  const { workingDirectory, environment, signal } = options;
  const { image: place, base, platform } = options.flags;
  if (place === undefined) {
    const project = options.project ?? (await openProject(workingDirectory));
    const { image, layerDirectory } = await buildProjectImage(project, options);
    return { image, layerDirectory, project, remove: async () => {} };
  }
  if (base !== undefined)
    throw new CliError('USAGE', '--base is for an image that is built: leave out --base or --image');
  const layerDirectory = join(workingDirectory, ownFolder, 'layers');
  const shared = { platform: parsePlatform(platform ?? 'linux/amd64'), layerDirectory, signal };
  if (place.startsWith('daemon:')) {
    const socketPath = findSocket(environment.DOCKER_HOST);
    const { image, remove } = await readDaemonImage(place.slice('daemon:'.length), {
      ...shared,
      socketPath: socketPath && resolve(workingDirectory, socketPath),
    });
    return { image, layerDirectory, remove };
  }
  const location = parseImageLocation(place);
  if (location.kind === 'scratch')
    throw new CliError('USAGE', '--image scratch is not an image: it is a base to build on');
  const credentials = (host: string) => readRegistryLogin(host, options);
  const network = await readNetwork(options.flags, options);
  const image = await openImage(location, { ...shared, workingDirectory, credentials, network });
  const reference = location.kind === 'registry' ? formatReference(location) : undefined;
  return { image, layerDirectory, reference, remove: async () => {} };
}

/** Of DOCKER_HOST, only sockets of this machine. */
function findSocket(host: string | undefined): string | undefined {
  if (host === undefined || host === '') return undefined;
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  throw new CliError(
    'USAGE',
    `DOCKER_HOST is "${host}", and optml speaks to an engine on this machine only: unix:///path/to/its.sock, or save the image and give docker:FILE`,
  );
}
