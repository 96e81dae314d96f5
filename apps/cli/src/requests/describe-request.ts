/** Writes requests to SageMaker's API that bring a published image into use. Source: the API model of 2017-07-24. */

import type { TrainingDescription } from '@optml/train';

/** The requests, in the order in which they are sent. */
export const requestNames = [
  'CreateTrainingJob',
  'CreateModel',
  'CreateEndpointConfig',
  'CreateEndpoint',
  'CreateTransformJob',
] as const;

export type RequestName = (typeof requestNames)[number];

/** What only the owner of the account knows; what is left out stands in the request in angle brackets. */
export interface RequestValues {
  /** Of the job, the model, the configuration and the endpoint alike. */
  readonly name?: string | undefined;
  /** The image as optml publish prints it. */
  readonly image?: string | undefined;
  /** The ARN of the execution role. */
  readonly role?: string | undefined;
  /** An S3 prefix: each channel is below it by its name, and what jobs write is below `output`. */
  readonly s3?: string | undefined;
  readonly instanceType?: string | undefined;
  /** Whether the endpoint is a serverless one. */
  readonly serverless?: boolean | undefined;
}

/** The request as JSON, the same names in all of them, so that each finds what the one before has made. */
export function describeRequest(
  request: Exclude<RequestName, 'CreateTrainingJob'>,
  values: RequestValues,
): object {
  const { name = '<name>', instanceType = '<instance type, for example ml.m5.large>' } = values;
  const { image = '<URI of the image in ECR>', role = '<ARN of the execution role>' } = values;
  const s3 = readPrefix(values);
  switch (request) {
    case 'CreateModel':
      return {
        ModelName: name,
        PrimaryContainer: { Image: image, ModelDataUrl: `${s3}/output/${name}/output/model.tar.gz` },
        ExecutionRoleArn: role,
      };
    case 'CreateEndpointConfig': {
      const variant = { VariantName: 'AllTraffic', ModelName: name };
      const serverless = { ...variant, ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } };
      const instances = { ...variant, InitialInstanceCount: 1, InstanceType: instanceType };
      return {
        EndpointConfigName: name,
        ProductionVariants: [values.serverless === true ? serverless : instances],
      };
    }
    case 'CreateEndpoint':
      return { EndpointName: name, EndpointConfigName: name };
    case 'CreateTransformJob':
      return {
        TransformJobName: name,
        ModelName: name,
        TransformInput: {
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `${s3}/batch` } },
          ContentType: 'text/csv',
          SplitType: 'Line',
        },
        TransformOutput: {
          S3OutputPath: `${s3}/output/${name}/batch`,
          Accept: 'text/csv',
          AssembleWith: 'Line',
        },
        TransformResources: { InstanceType: instanceType, InstanceCount: 1 },
      };
  }
}

/** The request for a training job, as the definition describes it, with the values that were given. */
export function describeTrainingRequest({ trainingJob }: TrainingDescription, values: RequestValues): object {
  const { AlgorithmSpecification, InputDataConfig, ResourceConfig } = trainingJob;
  const { name, image, role, s3, instanceType } = values;
  const prefix = readPrefix(values);
  return {
    ...trainingJob,
    TrainingJobName: name ?? trainingJob.TrainingJobName,
    AlgorithmSpecification: {
      ...AlgorithmSpecification,
      TrainingImage: image ?? AlgorithmSpecification.TrainingImage,
    },
    RoleArn: role ?? trainingJob.RoleArn,
    InputDataConfig: InputDataConfig?.map((channel) => {
      const { S3DataSource } = channel.DataSource;
      const S3Uri = s3 === undefined ? S3DataSource.S3Uri : `${prefix}/${channel.ChannelName}`;
      return { ...channel, DataSource: { S3DataSource: { ...S3DataSource, S3Uri } } };
    }),
    OutputDataConfig: s3 === undefined ? trainingJob.OutputDataConfig : { S3OutputPath: `${prefix}/output` },
    ResourceConfig: { ...ResourceConfig, InstanceType: instanceType ?? ResourceConfig.InstanceType },
  };
}

function readPrefix({ s3 = '<s3://bucket/prefix>' }: RequestValues): string {
  return s3.replace(/\/+$/, '');
}
