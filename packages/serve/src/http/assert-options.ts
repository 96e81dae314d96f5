/** Refuses options that a server cannot use: types say it too, but not to JavaScript. */

import { requestLimits } from '@optml/contract/limits';
import { summarize } from '@optml/contract/summarize';
import { ServeError } from '../errors/errors.ts';
import { longestExpirySeconds } from '../predictor/session-options.ts';
import type { ServerOptions } from './server-options.ts';

/** Throws where `value`, which is set, is not what it should be; `path` names the option. */
type Check = (value: unknown, path: string) => void;

/** One check for every member, so that a member without one is a type error. */
type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

/** Beyond it, timers of Node end at once. */
const maximumMs = 2 ** 31 - 1;
const summaryCharacters = 80;

function check(isRight: (value: unknown) => boolean, expectation: string): Check {
  return (value, path) => {
    if (!isRight(value)) throw refuse(path, value, expectation);
  };
}

function checkObject<Options>(checks: Checks<Options>): Check {
  const names = Object.keys(checks);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse(path, value, `expected an object with members among ${names.join(', ')}`);
    for (const [name, member] of Object.entries(value)) {
      const place = path === '' ? name : `${path}.${name}`;
      if (!Object.hasOwn(checks, name))
        throw new ServeError(
          'OPTIONS_INVALID',
          `the server option ${place} does not exist: use ${names.join(', ')}`,
        );
      if (member !== undefined) (checks as Readonly<Record<string, Check>>)[name]?.(member, place);
    }
  };
}

/** The same with members that may not be left out. */
function checkWhole<Options>(required: readonly (keyof Options & string)[], checks: Checks<Options>): Check {
  const checkMembers = checkObject(checks);
  return (value, path) => {
    checkMembers(value, path);
    const missing = required.find((name) => (value as Options)[name] === undefined);
    if (missing !== undefined)
      throw new ServeError('OPTIONS_INVALID', `the server option ${path}.${missing} is missing: set it`);
  };
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

const truth = check((value) => typeof value === 'boolean', 'expected true or false');
const text = check((value) => typeof value === 'string' && value !== '', 'expected text');
const callback = check((value) => typeof value === 'function', 'expected a function');
const positive = check((value) => typeof value === 'number' && value > 0, 'expected a number above 0');
const count = (least: number) =>
  check(
    (value) => isWhole(value, least, Number.MAX_SAFE_INTEGER) || value === Number.POSITIVE_INFINITY,
    `expected a whole number of at least ${least}`,
  );
const duration = (leastMs: number) =>
  check(
    (value) => typeof value === 'number' && value >= leastMs && value <= maximumMs,
    `expected milliseconds from ${leastMs} to ${maximumMs}`,
  );
const choice = (...words: readonly string[]) =>
  check((value) => words.includes(value as string), `expected ${words.join(', ')}`);
const texts = check(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string'),
  'expected an object of texts',
);
const paths = check(
  (value) =>
    Array.isArray(value) && value.every((path) => typeof path === 'string' && /^\/[^?#]*$/.test(path)),
  'expected an array of paths that begin with a slash and have no query',
);
const log = check(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['debug', 'info', 'warn', 'error'].every((level) => typeof Reflect.get(value, level) === 'function'),
  'expected an object with the functions debug, info, warn and error',
);

const checkOptions = checkObject<ServerOptions>({
  modelDirectory: text,
  multiModel: checkObject<NonNullable<ServerOptions['multiModel']>>({
    modelsDirectory: text,
    loadMs: duration(1),
    unloadMs: duration(0),
  }),
  isolation: choice('worker', 'process', 'inline'),
  defaultAccept: text,
  openInference: checkWhole<NonNullable<ServerOptions['openInference']>>(['modelName'], {
    modelName: text,
    modelVersion: text,
  }),
  batching: checkObject<NonNullable<ServerOptions['batching']>>({
    maximumSize: count(1),
    maximumDelayMs: duration(0),
  }),
  sessions: checkObject<NonNullable<ServerOptions['sessions']>>({
    isEnabled: truth,
    expirySeconds: check(
      (value) => isWhole(value, 1, longestExpirySeconds),
      `expected a whole number from 1 to ${longestExpirySeconds}`,
    ),
    maximumCount: count(1),
  }),
  executionParameters: checkObject<NonNullable<ServerOptions['executionParameters']>>({
    batchStrategy: choice('SINGLE_RECORD', 'MULTI_RECORD'),
    maximumConcurrentTransforms: count(1),
  }),
  hosting: choice(...Object.keys(requestLimits)),
  workers: checkObject<NonNullable<ServerOptions['workers']>>({
    count: check((value) => isWhole(value, 1, 1_000), 'expected a whole number from 1 to 1000'),
    memoryMiB: positive,
    totalHeapMiB: positive,
    heapMiB: positive,
    healthIntervalMs: duration(1),
    slowStageMs: duration(1),
  }),
  limits: checkObject<NonNullable<ServerOptions['limits']>>({
    bodyBytes: count(1),
    spill: checkWhole<NonNullable<NonNullable<ServerOptions['limits']>['spill']>>(
      ['directory', 'aboveBytes'],
      {
        directory: text,
        aboveBytes: count(0),
      },
    ),
    pendingInvocations: count(1),
    pendingBytes: count(1),
    invocationMs: duration(1),
    streamMs: duration(1),
  }),
  drain: checkObject<NonNullable<ServerOptions['drain']>>({
    graceMs: duration(0),
    timeoutMs: duration(0),
    streamTimeoutMs: duration(0),
  }),
  observe: checkObject<NonNullable<ServerOptions['observe']>>({
    metrics: truth,
    embeddedMetrics: checkWhole<NonNullable<NonNullable<ServerOptions['observe']>['embeddedMetrics']>>(
      ['write'],
      {
        write: callback,
        namespace: text,
        dimensions: texts,
        intervalMs: duration(1),
      },
    ),
    accessLog: checkWhole<NonNullable<NonNullable<ServerOptions['observe']>['accessLog']>>(['write'], {
      write: callback,
      format: choice('text', 'json'),
      pings: truth,
    }),
  }),
  invocableRoutes: paths,
  playground: truth,
  log,
});

/** @throws ServeError `OPTIONS_INVALID` for the first option that is not what it should be, or that does not exist */
export function assertOptions(options: ServerOptions): void {
  checkOptions(options, '');
}

/** @throws ServeError `OPTIONS_INVALID` */
export function assertPredictorUrl(predictor: URL): void {
  if (predictor instanceof URL) return;
  const message = `the predictor is ${write(predictor)}: expected a URL, such as new URL('./predictor.js', import.meta.url)`;
  throw new ServeError('OPTIONS_INVALID', message);
}

function refuse(path: string, value: unknown, expectation: string): ServeError {
  const subject = path === '' ? 'the options of the server are' : `the server option ${path} is`;
  return new ServeError('OPTIONS_INVALID', `${subject} ${write(value)}: ${expectation}`);
}

function write(value: unknown): string {
  return JSON.stringify(summarize(value, { maximumCharacters: summaryCharacters }));
}
