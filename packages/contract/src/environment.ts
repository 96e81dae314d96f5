/** The environment variables of training and of hosting, read once and checked together. */

import { z } from 'zod';
import { describeIssue } from './describe-issue.ts';
import { ContractError, type Problem } from './errors.ts';
import { defaultRoot } from './paths.ts';

/** Variables as a process has them; an app passes its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Python's numeric log levels, which `SAGEMAKER_CONTAINER_LOG_LEVEL` uses. */
const logLevels = { debug: 10, info: 20, warn: 30, warning: 30, error: 40, fatal: 50, critical: 50 } as const;

const text = z.string().optional();
const readFlag = z
  .string()
  .regex(/^(true|false|1|0)$/i, 'expected true or false')
  .transform((value) => /^(true|1)$/i.test(value));
const flag = readFlag.default(false);
const wholeNumber = (minimum: number, maximum: number, meaning: string) =>
  z
    .string()
    .regex(/^\d+$/, `expected ${meaning}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `expected ${meaning}`);
const logLevel = z.string().transform((value, context) => {
  const name = value.toLowerCase();
  const level = Object.hasOwn(logLevels, name) ? logLevels[name as keyof typeof logLevels] : Number(value);
  if (Number.isInteger(level) && level >= 0) return level;
  context.addIssue({
    code: 'custom',
    message: `expected one of ${Object.keys(logLevels).join(', ')}, or 10 to 50`,
  });
  return z.NEVER;
});
const portRange = z.string().transform((value, context) => {
  const match = /^(\d+)-(\d+)$/.exec(value);
  if (match !== null && Number(match[1]) <= Number(match[2])) {
    return { first: Number(match[1]), last: Number(match[2]) };
  }
  context.addIssue({ code: 'custom', message: 'expected two ports as in 23000-23999' });
  return z.NEVER;
});

/** A bare name such as `csv` passes: the server knows the types, and refuses one that it does not know. */
const mediaType = z
  .string()
  .regex(/^[^\s,;*/]+(?:\/[^\s,;*/]+)?\s*(?:;.*)?$/, 'expected one media type, for example text/csv');
/** The API calls them SingleRecord and MultiRecord. */
const batchStrategy = z
  .string()
  .regex(/^(?:single|multi)_?record$/i, 'expected SINGLE_RECORD or MULTI_RECORD')
  .transform((value) => (/^single/i.test(value) ? 'SINGLE_RECORD' : 'MULTI_RECORD'));

/** What lines of metrics have for members of their own: a dimension of such a name would be no text. */
const takenByMetrics =
  /^(?:_aws|Code|Invocations|Invocation(?:s|4XX|5XX)?(?:InFlight|Errors)|Healthy|WorkersReady|WorkerRestarts|EventLoopLag|(?:Queue|Predict)?Duration|BatchSize)$/;

const dimensionList = z.string().transform((value, context) => {
  const pairs = value
    .split(',')
    .map((pair) => /^\s*([^=\s:][^=]{0,254}?)\s*=\s*(\S.{0,1023}?)\s*$/.exec(pair));
  const names = new Set(pairs.map((match) => match?.[1]));
  const taken = [...names].find((name) => takenByMetrics.test(name ?? ''));
  if (taken !== undefined) {
    context.addIssue({
      code: 'custom',
      message: `expected other names than ${taken}, which the metrics have`,
    });
    return z.NEVER;
  }
  if (pairs.length < 30 && names.size === pairs.length && !names.has(undefined)) {
    return Object.fromEntries(pairs.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
  }
  context.addIssue({
    code: 'custom',
    message: 'expected up to 29 different names as in Service=iris,Stage=prod',
  });
  return z.NEVER;
});

const logFormat = z.enum(['text', 'json']).default('text');

const trainingSchema = z.object({
  SAGEMAKER_BASE_DIR: z.string().default(defaultRoot),
  TRAINING_JOB_NAME: text,
  TRAINING_JOB_ARN: text,
  AWS_REGION: text,
  SAGEMAKER_REGION: text,
  SAGEMAKER_CONTAINER_LOG_LEVEL: logLevel.default(logLevels.info),
  SAGEMAKER_METRICS_DIRECTORY: text,
  SAGEMAKER_MANAGED_WARMPOOL_CACHE_DIRECTORY: text,
  OPTML_LOG_FORMAT: logFormat,
  OPTML_LOG_ENVIRONMENT: flag,
  OPTML_CLUSTER_PORT: wholeNumber(1, 65_535, 'a port from 1 to 65535').optional(),
});

const hostingSchema = z.object({
  SAGEMAKER_BASE_DIR: z.string().default(defaultRoot),
  SAGEMAKER_BIND_TO_PORT: wholeNumber(0, 65_535, 'a port from 0 to 65535').default(8080),
  SAGEMAKER_SAFE_PORT_RANGE: portRange.optional(),
  SAGEMAKER_MULTI_MODEL: flag,
  SAGEMAKER_BATCH: flag,
  SAGEMAKER_BATCH_STRATEGY: batchStrategy.optional(),
  SAGEMAKER_MAX_PAYLOAD_IN_MB: wholeNumber(0, 100, 'whole megabytes from 0 to 100').optional(),
  SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: wholeNumber(0, 1_000, 'a whole number from 0 to 1000').optional(),
  SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: mediaType.optional(),
  SAGEMAKER_MODEL_SERVER_WORKERS: wholeNumber(1, 1_024, 'a whole number from 1 to 1024').optional(),
  SAGEMAKER_MODEL_SERVER_TIMEOUT: wholeNumber(1, 3_600, 'whole seconds from 1 to 3600').optional(),
  MAX_CONTENT_LENGTH: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'a number of bytes').optional(),
  SAGEMAKER_CONTAINER_LOG_LEVEL: logLevel.default(logLevels.info),
  AWS_REGION: text,
  SAGEMAKER_REGION: text,
  OPTML_LOG_FORMAT: logFormat,
  OPTML_METRICS: readFlag.default(true),
  OPTML_EMF: flag,
  OPTML_EMF_NAMESPACE: z.string().max(255, 'expected at most 255 characters').default('optml'),
  OPTML_EMF_DIMENSIONS: dimensionList.default({}),
  OPTML_EMF_INTERVAL_SECONDS: wholeNumber(1, 3_600, 'whole seconds from 1 to 3600').default(60),
  OPTML_ACCESS_LOG: flag,
  OPTML_ACCESS_LOG_PINGS: flag,
  OPTML_PLAYGROUND: flag,
  OPTML_ISOLATION: z.enum(['worker', 'process', 'inline']).default('worker'),
  NODE_OPTIONS: text,
});

/** The names of the variables that `readTrainingEnvironment` reads. */
export const trainingVariables: readonly string[] = Object.keys(trainingSchema.shape);

/** The names of the variables that `readHostingEnvironment` reads. */
export const hostingVariables: readonly string[] = Object.keys(hostingSchema.shape);

/** What the environment says to a training container. */
export interface TrainingEnvironment {
  /** The root of the tree, `/opt/ml` on the platform. */
  readonly root: string;
  readonly jobName: string | undefined;
  readonly jobArn: string | undefined;
  readonly region: string | undefined;
  /** Python's scale: 10 debug, 20 info, 30 warn, 40 error, 50 fatal. */
  readonly logLevel: number;
  /** Where file metrics go when the platform says so. */
  readonly metricsDirectory: string | undefined;
  /** What is written there outlives the job, for the next one of the same warm pool. */
  readonly warmPoolCacheDirectory: string | undefined;
  readonly logFormat: 'text' | 'json';
  /** True when the log is to begin with a report of everything around the job, secrets masked. */
  readonly logEnvironment: boolean;
}

/** What the environment says to a hosting container. */
export interface HostingEnvironment {
  /** The root of the tree, `/opt/ml` on the platform. */
  readonly root: string;
  /** 8080 unless an inference pipeline gives another; 0 lets the system choose. */
  readonly port: number;
  /** Further ports that may be listened on, both ends included. */
  readonly safePortRange: { readonly first: number; readonly last: number } | undefined;
  readonly multiModel: boolean;
  /** True in a batch transform job. */
  readonly batch: boolean;
  readonly batchStrategy: 'SINGLE_RECORD' | 'MULTI_RECORD' | undefined;
  /** Megabytes; 0 means chunked bodies of any size. */
  readonly maxPayloadMb: number | undefined;
  readonly maxConcurrentTransforms: number | undefined;
  /** The media type that answers a missing Accept header or `*`/`*`. */
  readonly defaultAccept: string | undefined;
  /** How many copies of the model work side by side. Source: the inference toolkit. */
  readonly workers: number | undefined;
  /** The time for one invocation. Source: the inference toolkit. */
  readonly timeoutSeconds: number | undefined;
  /** The most bytes of a body. Source: the containers of AWS's own algorithms. */
  readonly maxContentBytes: number | undefined;
  /** Python's scale: 10 debug, 20 info, 30 warn, 40 error, 50 fatal. */
  readonly logLevel: number;
  readonly region: string | undefined;
  readonly logFormat: 'text' | 'json';
  /** True when `/metrics` is answered. */
  readonly metrics: boolean;
  /** What to write as lines of CloudWatch's embedded metric format; `undefined` for nothing. */
  readonly embeddedMetrics:
    | {
        readonly namespace: string;
        readonly dimensions: Readonly<Record<string, string>>;
        readonly intervalMs: number;
      }
    | undefined;
  /** What to write for each request; `undefined` for nothing. */
  readonly accessLog: { readonly pings: boolean } | undefined;
  /** True when `/` is a page to try the model. */
  readonly playground: boolean;
  /** Where the model runs: in threads, in processes, or in the thread that answers HTTP. */
  readonly isolation: 'worker' | 'process' | 'inline';
  /** The arguments that Node has from its own variable. */
  readonly nodeOptions: string | undefined;
  /** Names of variables that are set and change nothing, each with the flag that it needs. */
  readonly idle: readonly { readonly variable: string; readonly flag: string }[];
}

/**
 * Reads the variables of a training container; an empty one counts as unset.
 *
 * Source: "How Amazon SageMaker AI Provides Training Information" and the Python toolkit's names.
 *
 * @throws ContractError `ENVIRONMENT_INVALID` with every problem at once.
 */
export function readTrainingEnvironment(environment: Environment): TrainingEnvironment {
  const values = readVariables(trainingSchema, environment);
  return {
    root: values.SAGEMAKER_BASE_DIR,
    jobName: values.TRAINING_JOB_NAME,
    jobArn: values.TRAINING_JOB_ARN,
    region: values.AWS_REGION ?? values.SAGEMAKER_REGION,
    logLevel: values.SAGEMAKER_CONTAINER_LOG_LEVEL,
    metricsDirectory: values.SAGEMAKER_METRICS_DIRECTORY,
    warmPoolCacheDirectory: values.SAGEMAKER_MANAGED_WARMPOOL_CACHE_DIRECTORY,
    logFormat: values.OPTML_LOG_FORMAT,
    logEnvironment: values.OPTML_LOG_ENVIRONMENT,
  };
}

/**
 * Reads the variables of a hosting container; an empty one counts as unset. Flags are read without
 * regard to case: the platform writes `true`, the Python SDK's local mode writes `True`.
 *
 * Source: "Custom Inference Code with Hosting Services", "Custom Inference Code with Batch Transform".
 *
 * @throws ContractError `ENVIRONMENT_INVALID` with every problem at once.
 */
export function readHostingEnvironment(environment: Environment): HostingEnvironment {
  const values = readVariables(hostingSchema, environment);
  return {
    root: values.SAGEMAKER_BASE_DIR,
    port: values.SAGEMAKER_BIND_TO_PORT,
    safePortRange: values.SAGEMAKER_SAFE_PORT_RANGE,
    multiModel: values.SAGEMAKER_MULTI_MODEL,
    batch: values.SAGEMAKER_BATCH,
    batchStrategy: values.SAGEMAKER_BATCH_STRATEGY,
    maxPayloadMb: values.SAGEMAKER_MAX_PAYLOAD_IN_MB,
    maxConcurrentTransforms: values.SAGEMAKER_MAX_CONCURRENT_TRANSFORMS,
    defaultAccept: values.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT,
    workers: values.SAGEMAKER_MODEL_SERVER_WORKERS,
    timeoutSeconds: values.SAGEMAKER_MODEL_SERVER_TIMEOUT,
    maxContentBytes: values.MAX_CONTENT_LENGTH,
    logLevel: values.SAGEMAKER_CONTAINER_LOG_LEVEL,
    region: values.AWS_REGION ?? values.SAGEMAKER_REGION,
    logFormat: values.OPTML_LOG_FORMAT,
    metrics: values.OPTML_METRICS,
    embeddedMetrics: values.OPTML_EMF
      ? {
          namespace: values.OPTML_EMF_NAMESPACE,
          dimensions: values.OPTML_EMF_DIMENSIONS,
          intervalMs: values.OPTML_EMF_INTERVAL_SECONDS * 1_000,
        }
      : undefined,
    accessLog: values.OPTML_ACCESS_LOG ? { pings: values.OPTML_ACCESS_LOG_PINGS } : undefined,
    playground: values.OPTML_PLAYGROUND,
    isolation: values.OPTML_ISOLATION,
    nodeOptions: values.NODE_OPTIONS,
    idle: findIdleVariables(values, environment),
  };
}

/** Variables that change something which is off without the flag in front of them. */
const details = {
  OPTML_EMF: ['OPTML_EMF_NAMESPACE', 'OPTML_EMF_DIMENSIONS', 'OPTML_EMF_INTERVAL_SECONDS'],
  OPTML_ACCESS_LOG: ['OPTML_ACCESS_LOG_PINGS'],
} as const;

function findIdleVariables(
  values: Readonly<Record<keyof typeof details, boolean>>,
  environment: Environment,
): HostingEnvironment['idle'] {
  const flags = Object.keys(details) as (keyof typeof details)[];
  return flags
    .filter((flag) => !values[flag])
    .flatMap((flag) => details[flag].map((variable) => ({ variable, flag })))
    .filter(({ variable }) => Boolean(environment[variable]));
}

function readVariables<Schema extends z.ZodType>(schema: Schema, environment: Environment): z.output<Schema> {
  const input = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues.map(
    (issue): Problem => ({ code: 'ENVIRONMENT_INVALID', ...describeIssue(issue, input) }),
  );
  throw new ContractError([first as Problem, ...others]);
}
