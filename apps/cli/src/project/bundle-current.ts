/** Bundles the project of the current folder into its `.optml`, where commands start it and images take it from. */

import { mkdir, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join, parse, relative } from 'node:path';
import type { BundleReport } from '@optml/bundle';
import { CliError } from '../errors.ts';
import { formatSize } from '../terminal/format-size.ts';
import { writeProse } from '../terminal/write-to.ts';
import { takeBundlePlace } from './bundle-place.ts';
import type { OpenProject } from './open-project.ts';

/** Where optml keeps bundles, layers, runs and the like, in the project's folder. */
export const ownFolder = '.optml';

/** How a bundle is made. */
export interface BundleCurrentOptions {
  /** Default: this machine's. */
  readonly architecture?: 'amd64' | 'arm64';
  /** Whether each module is loaded once at the end, and the bundle described; default false: it is started at once. */
  readonly smokeTest?: boolean;
  /** The name of the folder in `.optml`, which has a number behind it where another run uses it; default `app`. */
  readonly folder?: string | undefined;
  readonly stderr: NodeJS.WritableStream;
}

/** A bundle, and what is in it. */
export interface CurrentBundle {
  readonly directory: string;
  readonly report: BundleReport;
}

/** What a command has bundled so far, by the project that it opened. */
const bundles = new WeakMap<OpenProject, Map<string, Promise<CurrentBundle>>>();

/** Bundles `project`; a command does and describes it only once. @throws CliError `BUNDLE_FAILED` */
export function bundleCurrent(project: OpenProject, options: BundleCurrentOptions): Promise<CurrentBundle> {
  const { architecture, smokeTest, folder } = options;
  const key = JSON.stringify([architecture ?? ownArchitecture, smokeTest, folder]);
  const made = bundles.get(project) ?? new Map<string, Promise<CurrentBundle>>();
  const bundle = made.get(key) ?? bundleNow(project, options);
  bundles.set(project, made.set(key, bundle));
  return bundle;
}

/** Whether `file` lies where a bundle is, or will be, and would go with it. */
export function isInBundle(file: string, { directory }: Pick<OpenProject, 'directory'>): boolean {
  return /^app(?:-\w+)*(?:\.lock)?(?:[\\/]|$)/.test(relative(join(directory, ownFolder), file));
}

const ownArchitecture = arch() === 'arm64' ? 'arm64' : 'amd64';

async function bundleNow(
  project: OpenProject,
  { architecture, smokeTest = false, folder = 'app', stderr }: BundleCurrentOptions,
): Promise<CurrentBundle> {
  const isForeign = architecture !== undefined && architecture !== ownArchitecture;
  const outputDirectory = takeBundlePlace(
    join(project.directory, ownFolder),
    isForeign ? `${folder}-${architecture}` : folder,
  );
  const modules = [project.training, project.predictor]
    .filter((file) => file !== undefined)
    .map((file) => relative(project.directory, file));
  const what = `${modules.join(' and ')} of ${project.name}, in ${project.directory}`;
  for (const line of describeUnused(project)) await writeProse(stderr, line);
  let isNew = false;
  const { bundleProject } = await import('@optml/bundle');
  try {
    const report = await bundleProject(project, {
      outputDirectory,
      platform: architecture && { architecture },
      smokeTest,
      reuse: true,
      onBegin: () => {
        isNew = true;
        void writeProse(stderr, `bundling ${what}`);
      },
    });
    if (!isNew) await writeProse(stderr, `nothing changed since the last bundle of ${what}`);
    if (smokeTest) for (const line of describeReport(report)) await writeProse(stderr, line);
    return { directory: outputDirectory, report };
  } catch (cause) {
    const { code, message, name } = cause as Error & { readonly code?: string };
    if (name !== 'BundleError') throw cause;
    throw new CliError('BUNDLE_FAILED', message, {
      cause,
      facts: { cause: code },
    });
  }
}

function* describeUnused({
  unused = [],
  misnamed = [],
  training,
  predictor,
  directory,
}: OpenProject): Generator<string> {
  const name = (file: string) => relative(directory, file);
  for (const file of unused) {
    const used = parse(file).name === 'train' ? training : predictor;
    yield `warning: ${name(file)} is not used, because there is ${name(used ?? '')}: delete or rename one of them`;
  }
  for (const { half, file, expected } of misnamed) {
    const isHalf = half === 'training' ? 'what trains' : 'the predictor';
    yield `note: ${file} is not taken for ${isHalf}, which would be ${expected}`;
  }
}

function* describeReport({ bytes, carried }: BundleReport): Generator<string> {
  const whole = carried.reduce((sum, { bytes: size }) => sum + size, 0);
  yield `bundle ${formatSize(bytes - whole)}${carried.length === 0 ? '' : `, and ${formatSize(whole)} of ${carried.length === 1 ? '1 package that stays whole' : `${carried.length} packages that stay whole`}:`}`;
  for (const { name, version, reason, bytes: size } of carried) {
    // They are many, and small as a rule.
    if (!reason.endsWith('depends on it')) yield `  ${name} ${version}, ${formatSize(size)}: ${reason}`;
  }
}

/** Writes the programs `train` and `serve`, for a platform or a person that overrides an image's entry point. */
export async function writePrograms(project: OpenProject): Promise<string> {
  const folder = join(project.directory, ownFolder, 'bin');
  await mkdir(folder, { recursive: true });
  for (const name of ['train', 'serve']) {
    const text = `#!/bin/sh\nexec node /app/dist/main.js ${name} "$@"\n`;
    await writeFile(join(folder, name), text, { mode: 0o755 });
  }
  return folder;
}
