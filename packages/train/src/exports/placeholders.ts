/** What only the owner of a job knows: in angle brackets, which the API refuses, so that none is sent by oversight. */

export const placeholders = {
  trainingImage: '<URI of the training image in ECR>',
  instanceType: '<instance type, as in ml.m5.large>',
  jobName: '<name of the training job>',
  role: '<ARN of the role that SageMaker takes on>',
  output: '<s3://bucket/prefix for the model artifact>',
  channel: (name: string) => `<s3://bucket/prefix of channel ${name}>`,
  hyperparameter: (name: string) => `<${name}>`,
} as const;
