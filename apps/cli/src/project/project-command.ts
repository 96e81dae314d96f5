/** Finds the command that stands for the container: the one that was typed, or the project's own, bundled. */

import { access } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { listServerVariables } from '../configuration/server-variables.ts';
import { CliError } from '../errors.ts';
import type { Command } from '../process/subprocess.ts';
import { writeProse } from '../terminal/write-to.ts';
import { bundleCurrent, ownFolder } from './bundle-current.ts';
import { adviseModule, type OpenProject, openProject } from './open-project.ts';

/** A container's entry point without its argument, and what it runs with. */
export interface ContainerCommand {
  readonly command: Command;
  /** Of the project's configuration. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder in place of `/opt/ml` where none is named. */
  readonly defaultRoot: string;
  /** Unless the command was typed. */
  readonly project?: OpenProject;
  /** Folders outside of the project that its bundle is made of, too. */
  readonly outside?: readonly string[];
}

/** Where a command is looked for. */
interface CommandOptions {
  readonly workingDirectory: string;
  readonly stderr: NodeJS.WritableStream;
  /** Of the bundle, in `.optml`; default `app`. */
  readonly folder?: string;
}

/**
 * Resolves the command of a container's entry point, without its argument (`train` or `serve`). A command that was
 * typed runs in the current folder, and else the project of the current folder is bundled and runs in its own. A first
 * element `node` is the Node that runs `optml`.
 *
 * @throws CliError `PROJECT_MISSING`, `PROJECT_INVALID`, `CONFIG_INVALID`, `BUNDLE_FAILED`, or `COMMAND_NOT_STARTED` when
 * the file that `node` is to run is not there.
 */
export async function resolveProjectCommand(
  typed: readonly string[] | undefined,
  role: 'train' | 'serve',
  { workingDirectory, stderr, folder }: CommandOptions,
): Promise<ContainerCommand> {
  if (typed !== undefined) {
    const defaultRoot = join(workingDirectory, ownFolder, 'ml');
    return { command: await resolveTyped(typed, workingDirectory), environment: {}, defaultRoot };
  }
  const project = await openProject(workingDirectory);
  await assertRole(project, role);
  const bundle = await bundleCurrent(project, { folder, stderr });
  const { directory, name, loaded } = project;
  await writeProse(stderr, `starting ${role} of ${name}`);
  return {
    command: {
      file: process.execPath,
      arguments: [join(bundle.directory, 'dist/main.js')],
      workingDirectory: directory,
    },
    environment: role === 'serve' ? listServerVariables(loaded.config) : {},
    defaultRoot: join(directory, ownFolder, 'ml'),
    project,
    outside: bundle.report.outside,
  };
}

async function assertRole(project: OpenProject, role: 'train' | 'serve'): Promise<void> {
  const half = role === 'train' ? 'training' : 'predictor';
  if (project[half] !== undefined) return;
  const advice = await adviseModule(project, half);
  const other = role === 'train' ? 'serve it as it is (optml serve)' : 'give a command after --';
  throw new CliError('PROJECT_INVALID', `${project.name} has nothing to ${role}: ${advice}, or ${other}`);
}

async function resolveTyped(words: readonly string[], workingDirectory: string): Promise<Command> {
  const [file, ...rest] = words as [string, ...string[]];
  if (file !== 'node') return { file, arguments: rest, workingDirectory };
  await assertBuilt(rest[0], workingDirectory);
  return { file: process.execPath, arguments: rest, workingDirectory };
}

/** Node's own answer to a missing file is a stack; the commonest reason is a project that was not built. */
async function assertBuilt(script: string | undefined, workingDirectory: string): Promise<void> {
  // Without an extension, Node looks for the file under several names.
  if (script === undefined || script.startsWith('-') || extname(script) === '') return;
  const file = resolve(workingDirectory, script);
  try {
    await access(file);
  } catch (cause) {
    throw new CliError(
      'COMMAND_NOT_STARTED',
      `cannot start "node ${script}": ${file} does not exist; build it first, or give another command after --`,
      { cause },
    );
  }
}
