/** Writes the request that CreateTrainingJob takes, as far as a definition knows it. */

import { limits } from '@optml/contract/limits';
import type { ChannelDeclarations } from '../data/channel-declaration.ts';
import { assertCount, TrainError } from '../errors.ts';
import type { HyperparameterFacts } from './list-hyperparameters.ts';
import { type DescriptionParts, placeholders } from './training-specification.ts';

/** Source: CreateTrainingJobRequest in the SageMaker API model of 2017-07-24. */
export type TrainingJob = ReturnType<typeof describeTrainingJob>;

/**
 * Describes one job with every declared channel, the optional ones too.
 *
 * @throws TrainError `TRAINING_INVALID` for channels that no job can have.
 */
export function describeTrainingJob({
  definition: { channels },
  parameters,
  metricDefinitions,
  options,
}: DescriptionParts) {
  const inputs = describeChannels(channels);
  return {
    TrainingJobName: placeholders.jobName,
    AlgorithmSpecification: {
      TrainingImage: options.trainingImage ?? placeholders.trainingImage,
      TrainingInputMode: 'File',
      MetricDefinitions: metricDefinitions,
      EnableSageMakerMetricsTimeSeries: metricDefinitions.length > 0,
    },
    RoleArn: placeholders.role,
    /** The defaults, and a placeholder for each that is required. */
    HyperParameters: Object.fromEntries(parameters.flatMap(describeValue)),
    /** Left out without channels: the API takes no empty list. */
    InputDataConfig: inputs.length > 0 ? inputs : undefined,
    OutputDataConfig: { S3OutputPath: placeholders.output },
    ResourceConfig: {
      InstanceType: options.instanceTypes?.[0] ?? placeholders.instanceType,
      InstanceCount: 1,
      VolumeSizeInGB: 30,
    },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  } as const;
}

function describeChannels(channels: ChannelDeclarations) {
  const declared = Object.entries(channels);
  const { count, nameCharacters } = limits.channels;
  const wrong = declared.find(([name]) => !/^[A-Za-z0-9.\-_]+$/.test(name) || name.length > nameCharacters);
  if (wrong !== undefined) {
    const message = `channel ${JSON.stringify(wrong[0])} has an invalid name: SageMaker takes 1 to ${nameCharacters} letters, digits, ".", "-" and "_"`;
    throw new TrainError('TRAINING_INVALID', message);
  }
  assertCount('TRAINING_INVALID', 'channels', declared.length, count);
  return declared.map(([name, { contentTypes }]) => ({
    ChannelName: name,
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix',
        S3Uri: placeholders.channel(name),
        S3DataDistributionType: 'FullyReplicated',
      },
    },
    ContentType: contentTypes?.[0],
  }));
}

function describeValue({ name, defaultText, required }: HyperparameterFacts): readonly [string, string][] {
  if (defaultText !== undefined) return [[name, defaultText]];
  return required ? [[name, placeholders.hyperparameter(name)]] : [];
}
