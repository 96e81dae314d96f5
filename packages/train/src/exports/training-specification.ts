/** Writes the TrainingSpecification that CreateAlgorithm takes. */

import type { ChannelMode } from '../data/channel-declaration.ts';
import type { TrainingDefinition } from '../definition/define-training.ts';
import type { MetricDefinition } from '../metrics/metric-definitions.ts';
import type { HyperparameterFacts } from './list-hyperparameters.ts';
import type { ParameterDomain } from './parameter-domain.ts';

/** What a definition does not know of itself. */
export interface DescribeOptions {
  /** The image's URI in ECR; default a placeholder in angle brackets. */
  readonly trainingImage?: string | undefined;
  /** As in `ml.m5.large`; default one placeholder in angle brackets. */
  readonly instanceTypes?: readonly string[] | undefined;
  /** True when `run` uses its cluster; default false, with which a subscriber can ask for one instance only. */
  readonly supportsDistributedTraining?: boolean | undefined;
}

/** What the parts of a description are written from. */
export interface DescriptionParts {
  readonly definition: Pick<TrainingDefinition, 'channels' | 'metrics'>;
  readonly parameters: readonly HyperparameterFacts[];
  readonly metricDefinitions: readonly MetricDefinition[];
  readonly options: DescribeOptions;
}

/** Source: TrainingSpecification in the SageMaker API model of 2017-07-24. */
export type TrainingSpecification = NonNullable<ReturnType<typeof specifyTraining>>;

/** Source: ChannelSpecifications in the SageMaker API model of 2017-07-24. */
const maximumChannels = 8;

const everyMode: readonly ChannelMode[] = ['File', 'FastFile', 'Pipe'];

/** Specifies the algorithm, or answers `undefined` for as many channels as CreateAlgorithm does not take. */
export function specifyTraining({
  definition: { channels, metrics },
  parameters,
  metricDefinitions,
  options,
}: DescriptionParts) {
  const declared = Object.entries(channels);
  if (declared.length === 0 || declared.length > maximumChannels) return undefined;
  return {
    TrainingImage: options.trainingImage ?? placeholders.trainingImage,
    SupportedHyperParameters: parameters.map(specifyHyperparameter),
    SupportedTrainingInstanceTypes: options.instanceTypes ?? [placeholders.instanceType],
    SupportsDistributedTraining: options.supportsDistributedTraining ?? false,
    MetricDefinitions: metricDefinitions,
    TrainingChannels: declared.map(
      ([name, { required = true, contentTypes = [], modes = everyMode, compression }]) => ({
        Name: name,
        IsRequired: required,
        /** Empty for a channel that takes any. */
        SupportedContentTypes: contentTypes,
        SupportedCompressionTypes: compression === 'Gzip' ? ['None', 'Gzip'] : ['None'],
        SupportedInputModes: modes,
      }),
    ),
    SupportedTuningJobObjectiveMetrics: Object.entries(metrics).map(([name, { goal }]) => ({
      Type: goal === 'maximize' ? 'Maximize' : 'Minimize',
      MetricName: name,
    })),
  } as const;
}

function specifyHyperparameter(facts: HyperparameterFacts) {
  const { name, description, domain, tunable, required, defaultText } = facts;
  return {
    Name: name,
    Description: description,
    Type: domain.type,
    Range: specifyRange(domain),
    IsTunable: tunable,
    IsRequired: required,
    DefaultValue: defaultText,
  };
}

function specifyRange(domain: ParameterDomain) {
  if (domain.type === 'FreeText') return undefined;
  if (domain.type === 'Categorical')
    return { CategoricalParameterRangeSpecification: { Values: domain.values } };
  if (domain.range === undefined) return undefined;
  return domain.type === 'Integer'
    ? { IntegerParameterRangeSpecification: domain.range }
    : { ContinuousParameterRangeSpecification: domain.range };
}

export const placeholders = {
  trainingImage: '<URI of the training image in ECR>',
  instanceType: '<instance type, for example ml.m5.large>',
  jobName: '<name of the training job>',
  role: '<ARN of the execution role>',
  output: '<s3://bucket/prefix for the model artifact>',
  channel: (name: string) => `<s3://bucket/prefix of channel ${name}>`,
  hyperparameter: (name: string) => `<${name}>`,
} as const;
