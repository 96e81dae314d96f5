/**
 * Schemas of the config files that a job may or may not have. Most are undocumented, so they ask for
 * nothing but what optml uses; observed on real jobs in 2020, 2022 and 2025.
 */

import { z } from 'zod';

/** `checkpointconfig.json`: its presence means that checkpoints are synchronised. */
export const checkpointConfigSchema = z.looseObject({ LocalPath: z.string().min(1) });

/** `trainingjobconfig.json`: nearly the whole CreateTrainingJob request. */
export const trainingJobConfigSchema = z.looseObject({
  TrainingJobName: z.string().nullish(),
  EnableManagedSpotTraining: z.boolean().nullish(),
  AlgorithmSpecification: z.looseObject({ MetricDefinitions: z.array(z.unknown()).nullish() }).nullish(),
  StoppingCondition: z
    .looseObject({ MaxRuntimeInSeconds: z.number().nullish(), MaxWaitTimeInSeconds: z.number().nullish() })
    .nullish(),
});

/** `init-config.json`: how the platform's own agent prepared the host. */
export const initConfigSchema = z.looseObject({
  channels: z.record(z.string(), z.unknown()).nullish(),
  hostConfig: z.looseObject({ clusterSize: z.number(), hostNumber: z.number() }).nullish(),
  /** Counts attempts from 1. */
  jobRunInfo: z.looseObject({ jobRunNumber: z.number() }).nullish(),
});

/**
 * `metric-definition-regex.json`: the job's metric definitions; `[]` when there are none.
 * `upstreamoutputdataconfig.json`: `[]` wherever it was seen.
 */
export const listSchema = z.array(z.unknown());

/** `debughookconfig.json` and `tensorboardoutputconfig.json`: the request's DebugHookConfig and TensorBoardOutputConfig. */
export const outputConfigSchema = z.looseObject({
  S3OutputPath: z.string().nullish(),
  LocalPath: z.string().nullish(),
});

/** `profilerconfig.json`: the request's ProfilerConfig. */
export const profilerConfigSchema = z.looseObject({
  S3OutputPath: z.string().nullish(),
  ProfilingIntervalInMilliseconds: z.number().nullish(),
  DisableProfiler: z.boolean().nullish(),
});
