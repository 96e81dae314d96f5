export type { Checkpoint } from './checkpoints/checkpoint-directory.ts';
export { findLatestCheckpoint } from './checkpoints/checkpoint-directory.ts';
export type { CheckpointReader, Checkpoints, SaveOptions } from './checkpoints/checkpoints.ts';
export type { BarrierOptions, Cluster, ClusterFacts } from './cluster/cluster.ts';
export type { Channel, ChannelFacts } from './data/channel.ts';
export type { ChannelDeclaration, ChannelDeclarations, ChannelMode } from './data/channel-declaration.ts';
export type { CsvRow } from './data/csv-row.ts';
export type { Example } from './data/read-examples.ts';
export type { JsonLinesOptions, RecordOptions } from './data/read-records.ts';
export type { ShardOptions } from './data/shard-items.ts';
export type { ShuffleOptions } from './data/shuffle-items.ts';
export type {
  Channels,
  TrainingContext,
  TrainingDefinition,
} from './definition/define-training.ts';
export { defineTraining } from './definition/define-training.ts';
export type { ModelArtifact } from './definition/model-artifact.ts';
export type { TrainErrorCode } from './errors.ts';
export { TrainError, trainErrorCodes } from './errors.ts';
export type { TrainingDescription } from './exports/describe-definition.ts';
export { describeTraining } from './exports/describe-training.ts';
export type { DescribeOptions } from './exports/training-specification.ts';
export type { ConsoleLine } from './job/console-line.ts';
export { takeConsoleLines } from './job/console-line.ts';
export { maskEntries } from './job/mask-secrets.ts';
export { parseMetricLine } from './metrics/metric-line.ts';
export type { MetricDeclarations, Metrics } from './metrics/metrics.ts';
export type { Progress, ProgressOptions } from './metrics/progress.ts';
export type { TrainingOptions, TrainingResult } from './run-training.ts';
export { runTraining } from './run-training.ts';
