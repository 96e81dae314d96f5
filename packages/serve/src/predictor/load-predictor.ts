/** Imports the author's module and loads its model; runs only where user code may run. */

import { existsSync } from 'node:fs';
import { describeDefaultExport } from '@optml/contract/definition';
import { nameSource } from '@optml/contract/map-frame';
import { z } from 'zod';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import {
  answersInvocations,
  type CompleteDefinition,
  isPredictorDefinition,
  type LoadContext,
  type PredictorDefinition,
} from './define-predictor.ts';
import { defineByHooks, findHooks, type HookedDefinition, hooked } from './hooks.ts';
import { isGenerator } from './stream-source.ts';

/** A definition with what its `load` returned. */
export interface LoadedPredictor {
  readonly definition: CompleteDefinition;
  readonly model: unknown;
  /** True where `predict` is a generator: whatever it predicts is streamed. */
  readonly isGenerator: boolean;
  /** True once a prediction has been a stream. */
  hasStreamed: boolean;
}

/**
 * Runs the `load` of a definition.
 *
 * @throws ServeError `MODEL_LOAD_FAILED`.
 */
export async function loadPredictor(
  definition: CompleteDefinition,
  context: LoadContext,
): Promise<LoadedPredictor> {
  const { predict, [hooked]: parts }: HookedDefinition = definition;
  const streams = isGenerator(predict) || parts?.isGenerator === true;
  try {
    return { definition, model: await definition.load(context), isGenerator: streams, hasStreamed: streams };
  } catch (cause) {
    const message = `loading the model from ${context.modelDirectory} failed: ${describeThrown(cause)}`;
    throw new ServeError('MODEL_LOAD_FAILED', message, { cause });
  }
}

/**
 * Imports the module and gives its definition.
 *
 * @throws ServeError `PREDICTOR_NOT_FOUND`, `PREDICTOR_IMPORT_FAILED` or `PREDICTOR_INVALID`.
 */
export async function importPredictor(url: string): Promise<CompleteDefinition> {
  if (url.startsWith('file:')) assertExists(url);
  const module: { readonly default?: unknown } = await import(url).catch((cause: unknown) => {
    const message = `importing the predictor ${nameSource(url)} failed: ${describeThrown(cause)}`;
    // A definition may refuse itself, by another copy of this package.
    const isInvalid = (cause as { readonly code?: unknown } | null)?.code === 'PREDICTOR_INVALID';
    throw new ServeError(isInvalid ? 'PREDICTOR_INVALID' : 'PREDICTOR_IMPORT_FAILED', message, { cause });
  });
  if (isPredictorDefinition(module.default)) return completeDefinition(module.default);
  const hooks = findHooks(module, url) ?? findHooks(module.default, url);
  if (hooks !== undefined) return defineByHooks(hooks);
  const message = `${nameSource(url)} does not export a predictor definition: ${describeDefaultExport(module)}; write export default definePredictor({ ... }), or export modelFn and predictFn`;
  throw new ServeError('PREDICTOR_INVALID', message);
}

/** Gives a definition without invocations the schemas of anything. */
function completeDefinition(definition: PredictorDefinition): CompleteDefinition {
  if (answersInvocations(definition)) return definition as CompleteDefinition;
  return { ...definition, input: z.unknown(), output: z.unknown() };
}

/** Asked of the file system: the loader's error for a missing module also means one of its imports. */
function assertExists(url: string): void {
  if (existsSync(new URL(url))) return;
  const message = `the predictor ${url} does not exist: was it built, and is the URL right?`;
  throw new ServeError('PREDICTOR_NOT_FOUND', message);
}
