/** Finds the training module: the one that was named, or the project's own, bundled. */

import { join, resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { bundleCurrent } from './bundle-current.ts';
import { adviseModule, openProject } from './open-project.ts';

/**
 * Resolves the absolute path of a training module that can be imported: `named`, from the current folder, or that of
 * the project.
 *
 * @throws CliError `PROJECT_MISSING`, `PROJECT_INVALID`, `CONFIG_INVALID`, `BUNDLE_FAILED`
 */
export async function resolveProjectTraining(
  named: string | undefined,
  { workingDirectory, stderr }: { readonly workingDirectory: string; readonly stderr: NodeJS.WritableStream },
): Promise<string> {
  if (named !== undefined) return resolve(workingDirectory, named);
  const project = await openProject(workingDirectory);
  if (project.training === undefined) {
    const advice = await adviseModule(project, 'training');
    throw new CliError(
      'PROJECT_INVALID',
      `${project.name} has no training to describe: ${advice}, or name a module, for example: optml schema --module dist/train.js`,
    );
  }
  if (project.training.endsWith('.py')) {
    throw new CliError(
      'PROJECT_INVALID',
      `${project.training} is a Python program, which has no schema to print: only defineTraining in src/train.ts declares one`,
    );
  }
  const { directory } = await bundleCurrent(project, { stderr });
  return join(directory, 'dist/train.js');
}
