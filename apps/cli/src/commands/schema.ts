/** `optml schema`: what a training definition says of itself, in the platform's words. */

import { pathToFileURL } from 'node:url';
import { nameSource } from '@optml/contract/map-frame';
import { describeTraining, type TrainingDescription, trainErrorCodes } from '@optml/train';
import { CliError } from '../errors.ts';
import type { Context } from '../process/context.ts';
import { resolveProjectTraining } from '../project/project-training.ts';
import {
  describeRequest,
  describeTrainingRequest,
  type RequestName,
  type RequestValues,
} from '../requests/describe-request.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

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
export interface SchemaOptions extends RequestValues {
  readonly module?: string;
  readonly format: keyof typeof forms;
  readonly request?: RequestName;
  /** A command, whose output is described. */
  readonly outputOf?: string;
  readonly json?: true;
}

/**
 * Prints a request to the SageMaker API as JSON, or the description of the training module, which it imports into this
 * process.
 *
 * @throws CliError `USAGE` for a value that the API does not take, `PROJECT_INVALID` when there is no module, or it has no
 * definition that can be described.
 */
export async function schema(options: SchemaOptions, context: Context): Promise<void> {
  const { module, format, request, outputOf, json, ...values } = options;
  assertValues(values);
  const print = (value: object) =>
    json === true
      ? writeResult(context.stdout, value)
      : writeTo(context.stdout, `${JSON.stringify(value, undefined, 2)}\n`);
  if (outputOf !== undefined) {
    const { describeOutput } = await import('../output/describe-output.ts');
    return print(describeOutput(outputOf));
  }
  if (request !== undefined && request !== 'CreateTrainingJob')
    return print(describeRequest(request, values));
  const file = await resolveProjectTraining(module, context);
  const description = await describe(file);
  if (request !== undefined) return print(describeTrainingRequest(description, values));
  const described = forms[format](description);
  if (described === undefined) {
    throw new CliError(
      'PROJECT_INVALID',
      `${nameSource(file)} has no training specification: CreateAlgorithm takes 1 to 8 channels, and it declares none, or more than 8`,
    );
  }
  await print(described);
}

/** What the API would refuse without saying which of them it means. */
const valueRules = {
  name: [/^[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}$/, 'letters, digits and "-", at most 63, for example iris-1'],
  role: [
    /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/,
    'the ARN of a role, for example arn:aws:iam::123456789012:role/sagemaker',
  ],
  s3: [/^s3:\/\/[^/\s]+(?:\/\S*)?$/, 'an address in S3, for example s3://my-bucket/iris'],
} as const;

function assertValues(values: RequestValues): void {
  for (const [key, [pattern, wanted]] of Object.entries(valueRules)) {
    const value = values[key as keyof typeof valueRules];
    if (value === undefined || pattern.test(value)) continue;
    throw new CliError('USAGE', `--${key} "${value}" is not valid: give ${wanted}`);
  }
}

async function describe(file: string): Promise<TrainingDescription> {
  try {
    return await describeTraining(pathToFileURL(file));
  } catch (cause) {
    const { code, message } = cause as Error & { readonly code?: string };
    if (!trainErrorCodes.some((known) => known === code)) throw cause;
    const source = nameSource(file);
    const subject = message.includes(source) ? 'the training' : source;
    throw new CliError('PROJECT_INVALID', `cannot describe ${subject}: ${message}`, { cause });
  }
}
