/** The project of the current folder; a command that needs one says so outside of a project. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Project } from '@optml/bundle';
import { type LoadedConfig, loadConfig } from '../configuration/load-config.ts';
import { CliError } from '../errors.ts';

/** A project and its configuration. One that has neither module is all in `image.files`. */
export interface OpenProject extends Project {
  readonly loaded: LoadedConfig;
}

/**
 * Opens the project of the nearest package.json, from the current folder upwards, as npm does.
 *
 * @throws CliError `PROJECT_MISSING`, `PROJECT_INVALID`, `CONFIG_INVALID`
 */
export async function openProject(workingDirectory: string): Promise<OpenProject> {
  const directory = findManifest(workingDirectory);
  if (directory === undefined) {
    throw new CliError(
      'PROJECT_MISSING',
      `${workingDirectory} is not in a project: no package.json in it or in a folder above it; change to your project, or create one with: optml init my-model`,
    );
  }
  const manifest = await readManifest(join(directory, 'package.json'));
  const loaded = await loadConfig(directory, manifest.optml);
  return { ...(await findModules(directory, loaded)), loaded };
}

/** Says how a project gets the half that it does not have: by a file that is to be written, or one that has another name. */
export async function adviseModule(
  { directory, misnamed = [] }: OpenProject,
  half: 'training' | 'predictor',
): Promise<string> {
  const { adviseRenaming } = await import('@optml/bundle');
  const file = half === 'training' ? 'src/train.ts' : 'src/predictor.ts';
  return adviseRenaming(misnamed.filter((one) => one.half === half)) ?? `write ${join(directory, file)}`;
}

function findManifest(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

async function readManifest(file: string): Promise<{ readonly name?: unknown; readonly optml?: unknown }> {
  try {
    const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest;
    throw new Error(`it is ${JSON.stringify(manifest)}, not an object`);
  } catch (cause) {
    throw new CliError('PROJECT_INVALID', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

async function findModules(directory: string, { config }: LoadedConfig): Promise<Project> {
  const { findProject } = await import('@optml/bundle');
  try {
    return await findProject(directory);
  } catch (cause) {
    const { code, message, name } = cause as Error & { readonly code?: string };
    if (name !== 'BundleError') throw cause;
    if (code !== 'PROJECT_EMPTY') throw new CliError('PROJECT_INVALID', message, { cause });
    const { name: own } = await readManifest(join(directory, 'package.json'));
    if (config.image?.files !== undefined)
      return { directory, name: typeof own === 'string' ? own : 'image' };
    throw new CliError('PROJECT_MISSING', message, { cause });
  }
}
