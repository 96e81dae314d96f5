export type { Channel } from './channel.ts';
export type { Checkpoint, Checkpoints } from './checkpoints.ts';
export type { Cluster } from './cluster.ts';
export type { CsvRow } from './csv-row.ts';
export type {
  ChannelDeclaration,
  ChannelDeclarations,
  Channels,
  TrainingContext,
  TrainingDefinition,
} from './define-training.ts';
export { defineTraining } from './define-training.ts';
export type { TrainErrorCode } from './errors.ts';
export { TrainError, trainErrorCodes } from './errors.ts';
export type { DescribeOptions, TrainingDescription } from './exports/describe-definition.ts';
export { describeTraining } from './exports/describe-training.ts';
export { parseMetricLine } from './metric-line.ts';
export type { MetricDeclarations, Metrics } from './metrics.ts';
export type { ModelArtifact } from './model-artifact.ts';
export type { TrainingOptions, TrainingResult } from './run-training.ts';
export { runTraining } from './run-training.ts';
