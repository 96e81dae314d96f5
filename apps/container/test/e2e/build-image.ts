/** Builds the image by its Dockerfile. */

import { stripVTControlCharacters } from 'node:util';
import { runCommand } from './docker.ts';
import { E2eError } from './e2e-error.ts';

export interface BuildOptions {
  /** The workspace's root. */
  readonly context: string;
  /** The folder of the application in it; default `apps/container`. */
  readonly application?: string;
  readonly baseImage: string;
  readonly tag: string;
  readonly label: string;
  readonly revision: string;
  readonly signal: AbortSignal;
  /** Hears of each layer that older builders keep as an image without a name. */
  readonly onLayer: (id: string) => void;
}

/** @throws E2eError `DISK_FULL`, `BASE_IMAGE_MISSING` or `BUILD_FAILED`. */
export async function buildImage(options: BuildOptions): Promise<void> {
  const {
    context,
    application = 'apps/container',
    baseImage,
    tag,
    label,
    revision,
    signal,
    onLayer,
  } = options;
  const { exitCode, stdout, stderr } = await runCommand(
    'docker',
    [
      ...['build', '--file', `${context}/${application}/Dockerfile`, '--tag', tag, '--label', label],
      ...['--force-rm', '--network', 'host', '--build-arg', `BASE_IMAGE=${baseImage}`],
      ...(application === 'apps/container' ? [] : ['--build-arg', `APP=${application}`]),
      ...['--build-arg', `REVISION=${revision}`, context],
    ],
    { signal },
  );
  for (const [, id] of stdout.matchAll(/^ ---> ([0-9a-f]{12})$/gm)) onLayer(id as string);
  if (exitCode !== 0) throw explainBuildFailure(`${stdout}\n${stderr}`, baseImage);
}

/** Says what a failed build needs, as far as its output tells. */
export function explainBuildFailure(output: string, baseImage: string): E2eError {
  const fullDisk = explainFullDisk(output);
  if (fullDisk !== undefined) return fullDisk;
  const end = output.trim().split('\n').slice(-20).join('\n');
  if (
    /pull access denied|manifest unknown|not found: manifest|failed to resolve source metadata/.test(output)
  ) {
    return new E2eError('BASE_IMAGE_MISSING', describeMissingBase(baseImage, end));
  }
  return new E2eError('BUILD_FAILED', `building the image failed: its output ends with\n${end}`);
}

/** Recognises the words of the engine, of the system and of package managers for a disk without space. */
export function explainFullDisk(output: string): E2eError | undefined {
  const line = output.split('\n').find((text) => /no space left|ENOSPC|os error 28/i.test(text));
  if (line === undefined) return undefined;
  const message = `the disk is full (${stripVTControlCharacters(line.trim())}): building and running the image needs about 3 GB where the engine keeps its images ("docker info" says where; an engine of the tests' own keeps them in OPTML_E2E_DIRECTORY, by default .optml/e2e)`;
  return new E2eError('DISK_FULL', message);
}

/** The same words whoever noticed. */
export function describeMissingBase(baseImage: string, reason: string): string {
  return `the base image ${JSON.stringify(baseImage)} is not on this engine and cannot be pulled: check the name in BASE_IMAGE, log in to its registry ("docker login"), or unset BASE_IMAGE for the official slim image of Node; docker said\n${reason}`;
}
