/** Finds the training module: the one that was named, or the project's own. */

import { resolve } from 'node:path';
import { CliError } from './errors.ts';
import { findDeclaration } from './find-declaration.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Resolves the absolute path of the training module: `named`, from the current folder, or the
 * `optml.training` of the nearest package.json that has one, from that package's folder.
 *
 * @throws CliError `PROJECT_INVALID`.
 */
export async function resolveProjectTraining(
  named: string | undefined,
  surroundings: Pick<Surroundings, 'workingDirectory' | 'programFile'>,
): Promise<string> {
  const { workingDirectory } = surroundings;
  if (named !== undefined) return resolve(workingDirectory, named);
  const found = await findDeclaration('training', readPath, surroundings);
  if (found !== undefined) return resolve(found.folder, found.value);
  throw new CliError(
    'PROJECT_INVALID',
    `no training module: no package.json at or above ${workingDirectory} has "optml": {"training": "..."}; add it, or name the module as in: optml schema --module dist/train.js`,
  );
}

function readPath(training: unknown, file: string): string {
  if (typeof training === 'string' && training !== '') return training;
  throw new CliError(
    'PROJECT_INVALID',
    `${file}: optml.training is ${JSON.stringify(training)}: expected a path such as "dist/train.js"`,
  );
}
