/** The environment variables of training and of hosting, read once and checked together. */

import { defaultRoot } from '../platform/paths.ts';
import {
  type Environment,
  optional,
  readFlag,
  readText,
  readVariables,
  readWholeNumber,
  readWord,
  refuse,
  withDefault,
} from './variables.ts';

export type { Environment };

/** Python's numeric log levels, which `SAGEMAKER_CONTAINER_LOG_LEVEL` uses. */
const logLevels = { debug: 10, info: 20, warn: 30, warning: 30, error: 40, fatal: 50, critical: 50 } as const;

function readLogLevel(text: string): number {
  const name = text.toLowerCase();
  const level = Object.hasOwn(logLevels, name) ? logLevels[name as keyof typeof logLevels] : Number(text);
  if (Number.isInteger(level) && level >= 0) return level;
  return refuse(`expected one of ${Object.keys(logLevels).join(', ')}, or 10 to 50`);
}

function readPortRange(text: string): { readonly first: number; readonly last: number } {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  const isRange = first >= 1 && first <= last && last <= 65_535;
  return isRange ? { first, last } : refuse('expected a range of ports, for example 23000-23999');
}

/** A bare name such as `csv` passes: the server knows the types, and refuses one that it does not know. */
function readMediaType(text: string): string {
  const isOne = /^[^\s,;*/]+(?:\/[^\s,;*/]+)?\s*(?:;.*)?$/.test(text);
  return isOne ? text : refuse('expected one media type, for example text/csv');
}

/** The API calls them SingleRecord and MultiRecord. */
function readBatchStrategy(text: string): 'SINGLE_RECORD' | 'MULTI_RECORD' {
  const match = /^(?:(single)|multi)_?record$/i.exec(text);
  if (match === null) return refuse('expected SINGLE_RECORD or MULTI_RECORD');
  return match[1] === undefined ? 'MULTI_RECORD' : 'SINGLE_RECORD';
}

function readNamespace(text: string): string {
  return text.length <= 255 ? text : refuse('expected at most 255 characters');
}

function readDimensions(text: string, isMetric: (name: string) => boolean): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .map((pair) => /^\s*([^=\s:][^=]{0,254}?)\s*=\s*(\S.{0,1023}?)\s*$/.exec(pair));
  const names = new Set(pairs.map((match) => match?.[1]));
  const taken = [...names].find((name) => isMetric(name ?? ''));
  if (taken !== undefined) refuse(`${taken} is reserved for metrics`);
  if (pairs.length >= 30 || names.size !== pairs.length || names.has(undefined)) {
    refuse('expected up to 29 pairs with different names, for example Service=iris,Stage=prod');
  }
  return Object.fromEntries(pairs.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
}

const root = withDefault(defaultRoot, readText);
const text = optional(readText);
const flag = withDefault(false, readFlag);
const logLevel = withDefault<number>(logLevels.info, readLogLevel);
const logFormat = withDefault('text', readWord('text', 'json'));
const optionalNumber = (...range: Parameters<typeof readWholeNumber>) => optional(readWholeNumber(...range));

const training = {
  SAGEMAKER_BASE_DIR: root,
  TRAINING_JOB_NAME: text,
  TRAINING_JOB_ARN: text,
  AWS_REGION: text,
  SAGEMAKER_REGION: text,
  SAGEMAKER_CONTAINER_LOG_LEVEL: logLevel,
  SAGEMAKER_METRICS_DIRECTORY: text,
  SAGEMAKER_MANAGED_WARMPOOL_CACHE_DIRECTORY: text,
  OPTML_LOG_FORMAT: logFormat,
  OPTML_LOG_ENVIRONMENT: flag,
  OPTML_CLUSTER_PORT: optionalNumber(1, 65_535, 'a port from 1 to 65535'),
};

const hosting = {
  SAGEMAKER_BASE_DIR: root,
  SAGEMAKER_BIND_TO_PORT: withDefault(8080, readWholeNumber(0, 65_535, 'a port from 0 to 65535')),
  SAGEMAKER_SAFE_PORT_RANGE: optional(readPortRange),
  SAGEMAKER_MULTI_MODEL: flag,
  SAGEMAKER_BATCH: flag,
  OPTML_HOSTING: withDefault('real-time', readWord('real-time', 'serverless', 'asynchronous')),
  SAGEMAKER_BATCH_STRATEGY: optional(readBatchStrategy),
  SAGEMAKER_MAX_PAYLOAD_IN_MB: optionalNumber(0, 100, 'whole megabytes from 0 to 100'),
  SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: optionalNumber(0, 1_000, 'a whole number from 0 to 1000'),
  SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: optional(readMediaType),
  SAGEMAKER_MODEL_SERVER_WORKERS: optionalNumber(1, 1_024, 'a whole number from 1 to 1024'),
  SAGEMAKER_MODEL_SERVER_TIMEOUT: optionalNumber(1, 3_600, 'whole seconds from 1 to 3600'),
  MAX_CONTENT_LENGTH: optionalNumber(1, Number.MAX_SAFE_INTEGER, 'a number of bytes, for example 26214400'),
  SAGEMAKER_CONTAINER_LOG_LEVEL: logLevel,
  AWS_REGION: text,
  SAGEMAKER_REGION: text,
  OPTML_LOG_FORMAT: logFormat,
  OPTML_METRICS: withDefault(true, readFlag),
  OPTML_EMF: flag,
  OPTML_EMF_NAMESPACE: withDefault('optml', readNamespace),
  OPTML_EMF_DIMENSIONS: withDefault({}, (value) => readDimensions(value, () => false)),
  OPTML_EMF_INTERVAL_SECONDS: withDefault(60, readWholeNumber(1, 3_600, 'whole seconds from 1 to 3600')),
  OPTML_ACCESS_LOG: flag,
  OPTML_ACCESS_LOG_PINGS: flag,
  OPTML_PLAYGROUND: flag,
  OPTML_STREAM_TIMEOUT_SECONDS: optionalNumber(1, 3_600, 'whole seconds from 1 to 3600'),
  OPTML_CONNECTION_TIMEOUT_SECONDS: optionalNumber(1, 1_800, 'whole seconds from 1 to 1800'),
  OPTML_WORKER_CONNECTIONS: optionalNumber(1, 10_000, 'a whole number from 1 to 10000'),
  OPTML_OPEN_INFERENCE_MODEL: text,
  OPTML_OPEN_INFERENCE_VERSION: text,
  OPTML_BATCHING_MAXIMUM_SIZE: optionalNumber(1, 100_000, 'a whole number from 1 to 100000'),
  OPTML_BATCHING_MAXIMUM_DELAY_MS: optionalNumber(0, 60_000, 'whole milliseconds from 0 to 60000'),
  SAGEMAKER_ENABLE_STATEFUL_SESSIONS: optional(readFlag),
  SAGEMAKER_SESSIONS_EXPIRATION: optionalNumber(1, 604_800, 'whole seconds from 1 to 604800'),
  OPTML_DRAIN_GRACE_MS: optionalNumber(0, 20_000, 'whole milliseconds from 0 to 20000'),
  OPTML_DRAIN_SILENCE_MS: optionalNumber(0, 25_000, 'whole milliseconds from 0 to 25000'),
  OPTML_ISOLATION: withDefault('worker', readWord('worker', 'process', 'inline')),
  NODE_OPTIONS: text,
};

/** The names of the variables that `readTrainingEnvironment` reads. */
export const trainingVariables: readonly string[] = Object.keys(training);

/** The names of the variables that `readHostingEnvironment` reads. */
export const hostingVariables: readonly string[] = Object.keys(hosting);

/** What the environment says to a training container. */
export type TrainingEnvironment = Readonly<ReturnType<typeof readTrainingEnvironment>>;

/** What the environment says to a hosting container. */
export type HostingEnvironment = Readonly<ReturnType<typeof readHostingEnvironment>>;

/**
 * Reads the variables of a training container; an empty one counts as unset.
 *
 * Source: "How Amazon SageMaker AI Provides Training Information" and the Python toolkit's names.
 *
 * @throws ContractError `ENVIRONMENT_INVALID` with every problem at once.
 */
export function readTrainingEnvironment(environment: Environment) {
  const values = readVariables(training, environment);
  return {
    /** The root of the tree, `/opt/ml` on the platform. */
    root: values.SAGEMAKER_BASE_DIR,
    jobName: values.TRAINING_JOB_NAME,
    region: values.AWS_REGION ?? values.SAGEMAKER_REGION,
    /** Python's scale: 10 debug, 20 info, 30 warn, 40 error, 50 fatal. */
    logLevel: values.SAGEMAKER_CONTAINER_LOG_LEVEL,
    /** Where file metrics go when the platform says so. */
    metricsDirectory: values.SAGEMAKER_METRICS_DIRECTORY,
    logFormat: values.OPTML_LOG_FORMAT,
    /** True when the log is to begin with a report of everything around the job, secrets masked. */
    logEnvironment: values.OPTML_LOG_ENVIRONMENT,
  };
}

/**
 * Reads the variables of a hosting container; an empty one counts as unset. Flags are read without
 * regard to case: the platform writes `true`, the Python SDK's local mode writes `True`. `isMetric` recognizes the
 * names of the server's own metrics, which no dimension can have.
 *
 * Source: "Custom Inference Code with Hosting Services", "Custom Inference Code with Batch Transform".
 *
 * @throws ContractError `ENVIRONMENT_INVALID` with every problem at once.
 */
export function readHostingEnvironment(
  environment: Environment,
  isMetric: (name: string) => boolean = () => false,
) {
  const readEmfDimensions = withDefault({}, (value) => readDimensions(value, isMetric));
  const values = readVariables({ ...hosting, OPTML_EMF_DIMENSIONS: readEmfDimensions }, environment);
  return {
    /** The root of the tree, `/opt/ml` on the platform. */
    root: values.SAGEMAKER_BASE_DIR,
    /** 8080 unless an inference pipeline gives another; 0 lets the system choose. */
    port: values.SAGEMAKER_BIND_TO_PORT,
    multiModel: values.SAGEMAKER_MULTI_MODEL,
    /** How the model is hosted: the platform says it of a transform job only. */
    hosting: values.SAGEMAKER_BATCH ? ('batch transform' as const) : values.OPTML_HOSTING,
    batchStrategy: values.SAGEMAKER_BATCH_STRATEGY,
    /** Megabytes; 0 means chunked bodies of any size. */
    maxPayloadMiB: values.SAGEMAKER_MAX_PAYLOAD_IN_MB,
    maxConcurrentTransforms: values.SAGEMAKER_MAX_CONCURRENT_TRANSFORMS,
    /** The media type that answers a missing Accept header or `*`/`*`. */
    defaultAccept: values.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT,
    /** How many copies of the model work side by side. Source: the inference toolkit. */
    workers: values.SAGEMAKER_MODEL_SERVER_WORKERS,
    /** The time for one invocation. Source: the inference toolkit. */
    timeoutSeconds: values.SAGEMAKER_MODEL_SERVER_TIMEOUT,
    /** The time for a streamed reply from its first item on. */
    streamTimeoutSeconds: values.OPTML_STREAM_TIMEOUT_SECONDS,
    /** The time of a WebSocket connection. */
    connectionTimeoutSeconds: values.OPTML_CONNECTION_TIMEOUT_SECONDS,
    /** How many WebSocket connections a worker may have at once. */
    workerConnections: values.OPTML_WORKER_CONNECTIONS,
    /** The most bytes of a body. Source: the containers of AWS's own algorithms. */
    maxContentBytes: values.MAX_CONTENT_LENGTH,
    /** Python's scale: 10 debug, 20 info, 30 warn, 40 error, 50 fatal. */
    logLevel: values.SAGEMAKER_CONTAINER_LOG_LEVEL,
    logFormat: values.OPTML_LOG_FORMAT,
    /** True when `/metrics` is answered. */
    metrics: values.OPTML_METRICS,
    /** What to write as lines of CloudWatch's embedded metric format; `undefined` for nothing. */
    embeddedMetrics: values.OPTML_EMF ? describeEmbeddedMetrics(values) : undefined,
    /** What to write for each request; `undefined` for nothing. */
    accessLog: values.OPTML_ACCESS_LOG ? { pings: values.OPTML_ACCESS_LOG_PINGS } : undefined,
    /** True when `/` is a page to try the model. */
    playground: values.OPTML_PLAYGROUND,
    /** The model that answers under the Open Inference Protocol; `undefined` for none. */
    openInference: describeOpenInference(values),
    /** How requests are gathered, in place of what the predictor says. */
    batching: describeBatching(values),
    /** Whether a predictor's sessions are opened, and for how long. Source: aws/model-hosting-container-standards. */
    sessions: describeSessions(values),
    /** For how long connections are accepted after the signal to end, and may be silent then. */
    drain: { graceMs: values.OPTML_DRAIN_GRACE_MS, silenceMs: values.OPTML_DRAIN_SILENCE_MS },
    /** Where the model runs: in threads, in processes, or in the thread that answers HTTP. */
    isolation: values.OPTML_ISOLATION,
    nodeOptions: values.NODE_OPTIONS,
    /** Variables that are set and change nothing, each with what has to be set, for example `OPTML_EMF=true`. */
    idle: findIdleVariables(values, environment),
  };
}

type HostingValues = { readonly [Name in keyof typeof hosting]: ReturnType<(typeof hosting)[Name]> };

function describeEmbeddedMetrics(values: HostingValues) {
  return {
    namespace: values.OPTML_EMF_NAMESPACE,
    dimensions: values.OPTML_EMF_DIMENSIONS,
    intervalMs: values.OPTML_EMF_INTERVAL_SECONDS * 1_000,
  };
}

function describeOpenInference(values: HostingValues) {
  const modelName = values.OPTML_OPEN_INFERENCE_MODEL;
  return modelName ? { modelName, modelVersion: values.OPTML_OPEN_INFERENCE_VERSION } : undefined;
}

function describeBatching(values: HostingValues) {
  return {
    maximumSize: values.OPTML_BATCHING_MAXIMUM_SIZE,
    maximumDelayMs: values.OPTML_BATCHING_MAXIMUM_DELAY_MS,
  };
}

function describeSessions(values: HostingValues) {
  return {
    isEnabled: values.SAGEMAKER_ENABLE_STATEFUL_SESSIONS,
    expirySeconds: values.SAGEMAKER_SESSIONS_EXPIRATION,
  };
}

/** Variables that change something which is off without the variable in front of them. */
const details = {
  OPTML_EMF: ['OPTML_EMF_NAMESPACE', 'OPTML_EMF_DIMENSIONS', 'OPTML_EMF_INTERVAL_SECONDS'],
  OPTML_ACCESS_LOG: ['OPTML_ACCESS_LOG_PINGS'],
  OPTML_OPEN_INFERENCE_MODEL: ['OPTML_OPEN_INFERENCE_VERSION'],
} as const;

/** What the servers of Python containers read, and what stands in its place here. Source: the inference toolkit, TorchServe. */
const replaced: Readonly<Record<string, string>> = {
  MODEL_SERVER_WORKERS: 'SAGEMAKER_MODEL_SERVER_WORKERS',
  MODEL_SERVER_TIMEOUT: 'SAGEMAKER_MODEL_SERVER_TIMEOUT',
  GUNICORN_CMD_ARGS: 'SAGEMAKER_MODEL_SERVER_WORKERS and SAGEMAKER_MODEL_SERVER_TIMEOUT',
  WEB_CONCURRENCY: 'SAGEMAKER_MODEL_SERVER_WORKERS',
  TS_DEFAULT_WORKERS_PER_MODEL: 'SAGEMAKER_MODEL_SERVER_WORKERS',
  TS_DEFAULT_RESPONSE_TIMEOUT: 'SAGEMAKER_MODEL_SERVER_TIMEOUT',
  TS_MAX_REQUEST_SIZE: 'MAX_CONTENT_LENGTH',
  MMS_DEFAULT_WORKERS_PER_MODEL: 'SAGEMAKER_MODEL_SERVER_WORKERS',
  MMS_DEFAULT_RESPONSE_TIMEOUT: 'SAGEMAKER_MODEL_SERVER_TIMEOUT',
  MMS_MAX_REQUEST_SIZE: 'MAX_CONTENT_LENGTH',
  SAGEMAKER_TS_BATCH_SIZE: 'OPTML_BATCHING_MAXIMUM_SIZE',
  SAGEMAKER_TS_MAX_BATCH_DELAY: 'OPTML_BATCHING_MAXIMUM_DELAY_MS',
  SAGEMAKER_TS_RESPONSE_TIMEOUT: 'SAGEMAKER_MODEL_SERVER_TIMEOUT',
};

function findIdleVariables(
  values: Readonly<Record<keyof typeof details | 'SAGEMAKER_MULTI_MODEL', boolean | string | undefined>>,
  environment: Environment,
): readonly { readonly variable: string; readonly needs: string }[] {
  const names = Object.keys(details) as (keyof typeof details)[];
  const ofOneModel = { variable: 'OPTML_OPEN_INFERENCE_MODEL', needs: 'SAGEMAKER_MULTI_MODEL=false' };
  const idle = names
    .filter((name) => !values[name])
    .flatMap((name) => {
      const needs = values[name] === false ? `${name}=true` : name;
      return details[name].map((variable) => ({ variable, needs }));
    });
  const old = Object.entries(replaced).map(([variable, needs]) => ({ variable, needs }));
  const others = values.SAGEMAKER_MULTI_MODEL ? [...old, ofOneModel] : old;
  return [...idle, ...others].filter(({ variable }) => Boolean(environment[variable]));
}
