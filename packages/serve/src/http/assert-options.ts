/** Refuses options that a server cannot use: types say it too, but not to JavaScript. */

import { describeIssue, quote } from '@optml/contract/describe-issue';
import { requestLimits } from '@optml/contract/limits';
import { z } from 'zod';
import { ServeError } from '../errors/errors.ts';
import { longestExpirySeconds } from '../predictor/session-options.ts';
import type { ServerOptions } from './server-options.ts';

/** A schema for every member: one that is missing is a type error. */
type ShapeOf<Options> = { readonly [Name in keyof Required<Options>]: z.ZodType };
type Group<Name extends keyof ServerOptions> = ShapeOf<NonNullable<ServerOptions[Name]>>;

/** Beyond it, timers of Node end at once. */
const maximumMs = 2 ** 31 - 1;

const text = z.string().min(1, 'expected text');
const truth = z.boolean('expected true or false');
const callback = z.custom((value) => typeof value === 'function', 'expected a function');
const positive = z.number().positive('expected a number above 0');
const words = <Word extends string>(list: readonly Word[]) =>
  z.enum(list, `expected ${list.map((word) => JSON.stringify(word)).join(', ')}`);
const isCount = (value: unknown, least: number) =>
  value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= least);
const count = (least: number) =>
  z.custom((value) => isCount(value, least), `expected a whole number of at least ${least}`);
const duration = (leastMs: number) => {
  const expectation = `expected milliseconds from ${leastMs} to ${maximumMs}`;
  return z.number(expectation).min(leastMs, expectation).max(maximumMs, expectation);
};
/** Says which members there are, of something else and of an object with others. */
const group = <Members extends z.ZodRawShape>(members: Members) => {
  const names = Object.keys(members).join(', ');
  return z.strictObject(members, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `expected one of ${names}` : `expected an object of ${names}`,
  });
};

const multiModel: Group<'multiModel'> = {
  modelsDirectory: text.optional(),
  loadMs: duration(1).optional(),
  unloadMs: duration(0).optional(),
};

const batching: Group<'batching'> = {
  maximumSize: count(1).optional(),
  maximumDelayMs: duration(0).optional(),
};

const expirySeconds = `expected a whole number from 1 to ${longestExpirySeconds}`;
const sessions: Group<'sessions'> = {
  isEnabled: truth.optional(),
  expirySeconds: z
    .int(expirySeconds)
    .min(1, expirySeconds)
    .max(longestExpirySeconds, expirySeconds)
    .optional(),
  maximumCount: count(1).optional(),
};

const adapters: Group<'adapters'> = {
  loadMs: duration(1).optional(),
  unloadMs: duration(0).optional(),
};

const executionParameters: Group<'executionParameters'> = {
  batchStrategy: words(['SINGLE_RECORD', 'MULTI_RECORD']).optional(),
  maximumConcurrentTransforms: count(1).optional(),
};

const workerCount = 'expected a whole number from 1 to 1024';
const workers: Group<'workers'> = {
  count: z.int(workerCount).min(1, workerCount).max(1024, workerCount).optional(),
  connections: count(1).optional(),
  memoryMiB: positive.optional(),
  totalHeapMiB: positive.optional(),
  heapMiB: positive.optional(),
  healthIntervalMs: duration(1).optional(),
  slowStageMs: duration(1).optional(),
};

const limits: Group<'limits'> = {
  bodyBytes: count(1).optional(),
  spill: group({ directory: text, aboveBytes: count(0) }).optional(),
  pendingInvocations: count(1).optional(),
  pendingBytes: count(1).optional(),
  invocationMs: duration(1).optional(),
  streamMs: duration(1).optional(),
  connectionMs: duration(1).optional(),
  pingMs: duration(1).optional(),
};

const drain: Group<'drain'> = {
  graceMs: duration(0).optional(),
  timeoutMs: duration(0).optional(),
  streamTimeoutMs: duration(0).optional(),
  silenceMs: duration(0).optional(),
};

const observe: Group<'observe'> = {
  metrics: truth.optional(),
  embeddedMetrics: group({
    write: callback,
    namespace: text.optional(),
    dimensions: z.record(z.string(), z.string()).optional(),
    intervalMs: duration(1).optional(),
  }).optional(),
  accessLog: group({
    write: callback,
    format: words(['text', 'json']).optional(),
    pings: truth.optional(),
  }).optional(),
};

const shape: ShapeOf<ServerOptions> = {
  modelDirectory: text.optional(),
  multiModel: group(multiModel).optional(),
  isolation: words(['worker', 'process', 'inline']).optional(),
  // Which types a predictor writes is known once it is imported: the start says so.
  defaultAccept: z.string('expected text').optional(),
  openInference: group({ modelName: text, modelVersion: text.optional() }).optional(),
  batching: group(batching).optional(),
  sessions: group(sessions).optional(),
  adapters: group(adapters).optional(),
  executionParameters: group(executionParameters).optional(),
  hosting: words(Object.keys(requestLimits)).optional(),
  workers: group(workers).optional(),
  limits: group(limits).optional(),
  drain: group(drain).optional(),
  observe: group(observe).optional(),
  invocableRoutes: z
    .array(z.string().regex(/^\/[^?#]*$/, 'expected a path that begins with a slash and has no query'))
    .optional(),
  playground: truth.optional(),
  log: z.looseObject({ debug: callback, info: callback, warn: callback, error: callback }).optional(),
};

const schema = group(shape);

/** @throws ServeError `OPTIONS_INVALID` for the first option that is not what it should be, or that does not exist */
export function assertOptions(options: ServerOptions): void {
  // Compiling a parser takes longer than parsing once.
  const [issue] = schema.safeParse(options, { jitless: true }).error?.issues ?? [];
  if (issue === undefined) return;
  throw new ServeError('OPTIONS_INVALID', describeProblem(issue, options));
}

function describeProblem(issue: z.core.$ZodIssue, options: ServerOptions): string {
  if (issue.code === 'unrecognized_keys')
    return `the server option ${[...issue.path, issue.keys[0]].join('.')} is not known: ${issue.message}`;
  const { path, message } = describeIssue(issue, options);
  return `${path === '' ? 'the second argument of createApp' : `the server option ${path}`} ${message}`;
}

/** @throws ServeError `OPTIONS_INVALID` */
export function assertPredictorUrl(predictor: URL): void {
  if (predictor instanceof URL) return;
  const message = `the predictor is ${quote(predictor)}: expected a URL, such as new URL('./predictor.js', import.meta.url)`;
  throw new ServeError('OPTIONS_INVALID', message);
}
