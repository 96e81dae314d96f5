/** Checks of the project: its package manager, what is installed, and native modules for the platform of its image. */

import type { Environment } from '@optml/contract/environment';
import { readValue } from '../configuration/settings.ts';
import { CliError } from '../errors.ts';
import { bundleCurrent } from '../project/bundle-current.ts';
import { removeBundlePlace } from '../project/bundle-place.ts';
import { findManager, findManagerProblem } from '../project/find-manager-problem.ts';
import type { OpenProject } from '../project/open-project.ts';
import { type Check, ok, skipped } from './check.ts';
import { isOnPath } from './check-machine.ts';

/** The package manager of the project, whether it has installed anything, and whether another one has. */
export async function checkPackageManager(
  { directory }: OpenProject,
  environment: Environment,
): Promise<Check> {
  const name = 'package manager';
  const problem = await findManagerProblem(directory);
  if (problem !== undefined) {
    const { isSerious, found: message, fix } = problem;
    return { name, status: isSerious ? 'error' : 'warning', message, fix };
  }
  const { manager, isInstalled } = await findManager(directory);
  if (!(await isOnPath(manager, environment))) {
    const fix = manager === 'npm' ? 'install Node with npm' : `install it: npm install --global ${manager}`;
    return { name, status: 'warning', message: `the project uses ${manager}, which is not on PATH`, fix };
  }
  if (isInstalled) return ok(name, manager);
  return {
    name,
    status: 'error',
    message: `${manager}; nothing is installed in ${directory}`,
    fix: `${manager} install`,
  };
}

/** Bundles the project for the platform of its image, which fails where a native module is for another. */
export async function checkModules(
  project: OpenProject,
  { environment, stderr }: { readonly environment: Environment; readonly stderr: NodeJS.WritableStream },
): Promise<Check> {
  const name = 'native modules';
  if (project.training === undefined && project.predictor === undefined) {
    return skipped(name, 'the project has neither src/train.ts nor src/predictor.ts');
  }
  let directory: string | undefined;
  try {
    const platform = readValue<string>('image.platform', project.loaded, { flags: {}, environment });
    const architecture = platform === 'linux/arm64' ? 'arm64' : 'amd64';
    ({ directory } = await bundleCurrent(project, { architecture, folder: 'doctor', stderr }));
    return ok(name, `all fit ${platform}`);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return {
      name,
      status: 'error',
      message: error.message,
      fix: 'change what the text names; "optml build" would fail in the same way',
    };
  } finally {
    if (directory !== undefined) removeBundlePlace(directory);
  }
}
