/** Writes the request that CreateTrainingJob takes, as far as a definition knows it. */

import { limits } from '@optml/contract/limits';
import type { ChannelDeclarations } from '../data/channel-declaration.ts';
import { TrainError } from '../errors.ts';
import type { MetricDefinition } from '../metrics/metric-definitions.ts';
import type { HyperparameterFacts } from './list-hyperparameters.ts';
import type { DescriptionParts } from './training-specification.ts';
import { placeholders } from './training-specification.ts';

interface TrainingJobChannel {
  readonly ChannelName: string;
  readonly DataSource: {
    readonly S3DataSource: {
      readonly S3DataType: 'S3Prefix';
      readonly S3Uri: string;
      readonly S3DataDistributionType: 'FullyReplicated';
    };
  };
  readonly ContentType?: string | undefined;
}

/** Source: CreateTrainingJobRequest in the SageMaker API model of 2017-07-24. */
export interface TrainingJob {
  readonly TrainingJobName: string;
  readonly AlgorithmSpecification: {
    readonly TrainingImage: string;
    readonly TrainingInputMode: 'File';
    readonly MetricDefinitions: readonly MetricDefinition[];
    readonly EnableSageMakerMetricsTimeSeries: boolean;
  };
  readonly RoleArn: string;
  /** The defaults, and a placeholder for each that is required. */
  readonly HyperParameters: Readonly<Record<string, string>>;
  /** Left out without channels: the API takes no empty list. */
  readonly InputDataConfig?: readonly TrainingJobChannel[] | undefined;
  readonly OutputDataConfig: { readonly S3OutputPath: string };
  readonly ResourceConfig: {
    readonly InstanceType: string;
    readonly InstanceCount: 1;
    readonly VolumeSizeInGB: 30;
  };
  readonly StoppingCondition: { readonly MaxRuntimeInSeconds: 86_400 };
}

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
}: DescriptionParts): TrainingJob {
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
    HyperParameters: Object.fromEntries(parameters.flatMap(describeValue)),
    InputDataConfig: inputs.length > 0 ? inputs : undefined,
    OutputDataConfig: { S3OutputPath: placeholders.output },
    ResourceConfig: {
      InstanceType: options.instanceTypes?.[0] ?? placeholders.instanceType,
      InstanceCount: 1,
      VolumeSizeInGB: 30,
    },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  };
}

function describeChannels(channels: ChannelDeclarations): readonly TrainingJobChannel[] {
  const declared = Object.entries(channels);
  const { count, nameCharacters } = limits.channels;
  const wrong = declared.find(([name]) => !/^[A-Za-z0-9.\-_]+$/.test(name) || name.length > nameCharacters);
  if (wrong !== undefined) {
    throw new TrainError(
      'TRAINING_INVALID',
      `channel ${JSON.stringify(wrong[0])} has an invalid name: SageMaker takes 1 to ${nameCharacters} letters, digits, ".", "-" and "_"`,
    );
  }
  if (declared.length > count) {
    throw new TrainError(
      'TRAINING_INVALID',
      `the definition has ${declared.length} channels: SageMaker allows ${count}`,
    );
  }
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
