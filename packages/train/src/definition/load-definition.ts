/** Imports an author's training module and checks that it is one. */

import { describeDefaultExport } from '@optml/contract/definition';
import { nameSource } from '@optml/contract/map-frame';
import { TrainError } from '../errors.ts';
import { isTrainingDefinition, type TrainingDefinition } from './define-training.ts';

/**
 * Imports the default export of `url`.
 *
 * @throws TrainError `TRAINING_NOT_FOUND`, `TRAINING_IMPORT_FAILED` or `TRAINING_INVALID`, and what `defineTraining` throws.
 */
export async function loadDefinition(url: string): Promise<TrainingDefinition> {
  const module: { readonly default?: unknown } = await import(url).catch((error: unknown) => {
    throw explain(url, error);
  });
  if (isTrainingDefinition(module.default)) return module.default;
  const message = `${nameSource(url)} does not export a training definition: ${describeDefaultExport(module)}; write export default defineTraining({ ... })`;
  throw new TrainError('TRAINING_INVALID', message);
}

function explain(url: string, cause: unknown): TrainError {
  // A definition that refuses itself says why.
  if (cause instanceof TrainError) return cause;
  const { code, name, message } = cause as NodeJS.ErrnoException;
  const { url: missing } = cause as { readonly url?: string | undefined };
  if (code === 'ERR_MODULE_NOT_FOUND' && missing === url) {
    const problem = `cannot find the training module ${nameSource(url)}: was it built?`;
    return new TrainError('TRAINING_NOT_FOUND', problem, { cause });
  }
  const problem = `cannot import the training module: ${name}: ${message}`;
  return new TrainError('TRAINING_IMPORT_FAILED', problem, { cause });
}
