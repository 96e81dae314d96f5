import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTraining } from '../definition/define-training.ts';
import { describeDefinition } from './describe-definition.ts';

const iris = defineTraining({
  hyperparameters: z.object({
    max_depth: z.number().int().min(1).max(64).default(5).describe('levels of the tree'),
    criterion: z.enum(['gini', 'entropy']),
  }),
  channels: {
    training: { contentTypes: ['text/csv'] },
    validation: { required: false, modes: ['FastFile'], compression: 'Gzip' },
  },
  metrics: { 'validation:accuracy': { goal: 'maximize' } },
  run() {},
});

const metricDefinitions = [
  {
    Name: 'validation:accuracy',
    Regex: '\\[metric\\] validation:accuracy=([-+]?[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)',
  },
];

test('the hyperparameters are a JSON Schema that refuses unknown names', () => {
  expect(describeDefinition(iris).hyperparameters).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    properties: {
      max_depth: { type: 'integer', minimum: 1, maximum: 64, default: 5, description: 'levels of the tree' },
      criterion: { type: 'string', enum: ['gini', 'entropy'] },
    },
    required: ['criterion'],
  });
});

test('a loose object lets unknown names through in its JSON Schema too', () => {
  const definition = defineTraining({ hyperparameters: z.looseObject({}), channels: {}, run() {} });

  expect(describeDefinition(definition).hyperparameters.additionalProperties).toEqual({});
});

test('the training specification is what CreateAlgorithm takes', () => {
  const { trainingSpecification } = describeDefinition(iris, {
    trainingImage: 'IMAGE',
    instanceTypes: ['ml.m5.large', 'ml.c5.large'],
    supportsDistributedTraining: true,
  });

  expect(trainingSpecification).toEqual({
    TrainingImage: 'IMAGE',
    SupportedHyperParameters: [
      {
        Name: 'max_depth',
        Description: 'levels of the tree',
        Type: 'Integer',
        Range: { IntegerParameterRangeSpecification: { MinValue: '1', MaxValue: '64' } },
        IsTunable: true,
        IsRequired: false,
        DefaultValue: '5',
      },
      {
        Name: 'criterion',
        Type: 'Categorical',
        Range: { CategoricalParameterRangeSpecification: { Values: ['gini', 'entropy'] } },
        IsTunable: true,
        IsRequired: true,
      },
    ],
    SupportedTrainingInstanceTypes: ['ml.m5.large', 'ml.c5.large'],
    SupportsDistributedTraining: true,
    MetricDefinitions: metricDefinitions,
    TrainingChannels: [
      {
        Name: 'training',
        IsRequired: true,
        SupportedContentTypes: ['text/csv'],
        SupportedCompressionTypes: ['None'],
        SupportedInputModes: ['File', 'FastFile', 'Pipe'],
      },
      {
        Name: 'validation',
        IsRequired: false,
        SupportedContentTypes: [],
        SupportedCompressionTypes: ['None', 'Gzip'],
        SupportedInputModes: ['FastFile'],
      },
    ],
    SupportedTuningJobObjectiveMetrics: [{ Type: 'Maximize', MetricName: 'validation:accuracy' }],
  });
});

test('the training job is what CreateTrainingJob takes, with placeholders for what only its owner knows', () => {
  const input = (name: string) => ({
    ChannelName: name,
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix',
        S3Uri: `<s3://bucket/prefix of channel ${name}>`,
        S3DataDistributionType: 'FullyReplicated',
      },
    },
  });

  expect(describeDefinition(iris).trainingJob).toEqual({
    TrainingJobName: '<name of the training job>',
    AlgorithmSpecification: {
      TrainingImage: '<URI of the training image in ECR>',
      TrainingInputMode: 'File',
      MetricDefinitions: metricDefinitions,
      EnableSageMakerMetricsTimeSeries: true,
    },
    RoleArn: '<ARN of the execution role>',
    HyperParameters: { max_depth: '5', criterion: '<criterion>' },
    InputDataConfig: [{ ...input('training'), ContentType: 'text/csv' }, input('validation')],
    OutputDataConfig: { S3OutputPath: '<s3://bucket/prefix for the model artifact>' },
    ResourceConfig: {
      InstanceType: '<instance type, for example ml.m5.large>',
      InstanceCount: 1,
      VolumeSizeInGB: 30,
    },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  });
});

test('a description survives JSON unchanged', () => {
  const description = describeDefinition(iris);

  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
});

function withChannels(names: readonly string[]) {
  const channels = Object.fromEntries(names.map((name) => [name, {}]));
  return defineTraining({ hyperparameters: z.object({}), channels, run() {} });
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

test.each([
  [0, false],
  [1, true],
  [8, true],
  [9, false],
])('with %i channels there is a training specification: %j', (count, there) => {
  const { trainingSpecification } = describeDefinition(withChannels(numbered(count)));

  expect(trainingSpecification !== undefined).toBe(there);
});

test('without channels and metrics the training job has no list that the API refuses', () => {
  const { trainingJob } = describeDefinition(withChannels([]));

  expect(trainingJob.InputDataConfig).toBeUndefined();
  expect(trainingJob.AlgorithmSpecification.EnableSageMakerMetricsTimeSeries).toBe(false);
});

test.each([
  [numbered(21), 'the definition has 21 channels: SageMaker allows 20'],
  [['a b'], 'channel "a b" has an invalid name'],
  [['c'.repeat(65)], 'takes 1 to 64 letters'],
])('the channels %j are refused', (names, message) => {
  expect(() => describeDefinition(withChannels(names))).toThrow(
    expect.objectContaining({ code: 'TRAINING_INVALID', message: expect.stringContaining(message) }),
  );
});
