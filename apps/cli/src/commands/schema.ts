/** `optml schema`: what a training definition says of itself, in the platform's words. */

import { pathToFileURL } from 'node:url';
import { describeTraining, type TrainingDescription, trainErrorCodes } from '@optml/train';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { resolveProjectTraining } from '../project-training.ts';
import { writeTo } from '../write-to.ts';

/** The forms of a description, by their names on the command line. */
const forms = {
  all: (description: TrainingDescription) => description,
  'json-schema': ({ hyperparameters }: TrainingDescription) => hyperparameters,
  'metric-definitions': ({ metricDefinitions }: TrainingDescription) => metricDefinitions,
  'parameter-ranges': ({ parameterRanges }: TrainingDescription) => parameterRanges,
  'training-specification': ({ trainingSpecification }: TrainingDescription) => trainingSpecification,
  'training-job': ({ trainingJob }: TrainingDescription) => trainingJob,
} as const;

/** The options of `optml schema`, checked. */
export interface SchemaOptions {
  readonly module?: string;
  readonly format: keyof typeof forms;
}

/**
 * Imports the training module into this process and prints its description as JSON.
 *
 * @throws CliError `PROJECT_INVALID` when there is no module, or it has no definition that can be described.
 */
export async function schema({ module, format }: SchemaOptions, context: Context): Promise<void> {
  const file = await resolveProjectTraining(module, context);
  const described = forms[format](await describe(file));
  if (described === undefined) {
    throw new CliError(
      'PROJECT_INVALID',
      `${file} has no training specification: CreateAlgorithm takes 1 to 8 channels, and it declares none or more`,
    );
  }
  await writeTo(context.stdout, `${JSON.stringify(described, undefined, 2)}\n`);
}

async function describe(file: string): Promise<TrainingDescription> {
  try {
    return await describeTraining(pathToFileURL(file));
  } catch (cause) {
    const { code, message } = cause as Error & { readonly code?: string };
    if (!trainErrorCodes.some((known) => known === code)) throw cause;
    throw new CliError('PROJECT_INVALID', `cannot describe ${file}: ${message}`, { cause });
  }
}
