/** What the variables of a hosting container mean to the server. */

import { tmpdir } from 'node:os';
import type { HostingEnvironment } from '@optml/contract/environment';
import { limits, requestLimits } from '@optml/contract/limits';
import { resolvePaths } from '@optml/contract/paths';
import { readResources } from '@optml/contract/resources';
import type { ServerOptions } from './server-options.ts';

interface Process {
  /** Takes what is observed, in whole lines, for the one stream that the platform reads. */
  readonly write: (lines: string | Buffer) => void;
  /** The arguments of Node itself. */
  readonly nodeArguments?: readonly string[] | undefined;
}

/** Gives the options of a server in its process. */
export function readServerOptions(
  environment: HostingEnvironment,
  { write, nodeArguments = [] }: Process,
): ServerOptions {
  const { root, defaultAccept, isolation, workers, playground, openInference, batching, sessions } =
    environment;
  const totalHeapMiB = readHeapLimitMiB(environment.nodeOptions ?? '', nodeArguments);
  return {
    modelDirectory: resolvePaths(root).model,
    multiModel: environment.multiModel ? { modelsDirectory: resolvePaths(root).models } : undefined,
    defaultAccept,
    isolation,
    playground,
    openInference: environment.multiModel ? undefined : openInference,
    batching,
    sessions,
    ...readTransformOptions(environment),
    workers: { count: workers, connections: environment.workerConnections, totalHeapMiB },
    limits: chooseLimits(environment),
    drain: environment.drain,
    observe: chooseObservers(environment, write),
  };
}

function chooseObservers(environment: HostingEnvironment, write: Process['write']): ServerOptions['observe'] {
  const { metrics, embeddedMetrics, accessLog, logFormat: format } = environment;
  return {
    metrics,
    embeddedMetrics: embeddedMetrics && { ...embeddedMetrics, write },
    accessLog: accessLog && { ...accessLog, format, write },
  };
}

const mebibyte = 1024 ** 2;
/** What is larger waits on disk, where bodies may be larger than the platform's real-time endpoints send. */
const inMemoryBytes = 8 * mebibyte;

function readTransformOptions({ hosting, batchStrategy, maxConcurrentTransforms }: HostingEnvironment) {
  // A job that is told 0 asks the container.
  const maximumConcurrentTransforms = maxConcurrentTransforms || undefined;
  return { hosting, executionParameters: { batchStrategy, maximumConcurrentTransforms } };
}

/** What an operator has set counts before what the platform says of a transform job. */
function chooseLimits(environment: HostingEnvironment): ServerOptions['limits'] {
  const { hosting } = environment;
  const toMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000);
  const bodyBytes = chooseBodyLimit(environment);
  const isLarge = (bodyBytes ?? requestLimits[hosting].bodyBytes) > limits.invocationBytes;
  return {
    bodyBytes,
    invocationMs: toMs(environment.timeoutSeconds),
    streamMs: toMs(environment.streamTimeoutSeconds),
    connectionMs: toMs(environment.connectionTimeoutSeconds),
    spill: isLarge ? { directory: tmpdir(), aboveBytes: inMemoryBytes } : undefined,
  };
}

/** A transform job that may send 0 megabytes sends bodies of any size, in chunks. */
function chooseBodyLimit({ maxPayloadMiB, maxContentBytes }: HostingEnvironment): number | undefined {
  if (maxContentBytes !== undefined) return maxContentBytes;
  if (maxPayloadMiB === undefined) return undefined;
  return maxPayloadMiB === 0 ? Number.MAX_SAFE_INTEGER : maxPayloadMiB * mebibyte;
}

/** What the thread that listens needs of the heap. */
const listenerHeapMiB = 64;

/** What a limit of V8's heap, which Node means for all of its process, leaves to the workers. */
function readHeapLimitMiB(nodeOptions: string, nodeArguments: readonly string[]): number | undefined {
  const flags = [...splitNodeOptions(nodeOptions), ...nodeArguments];
  const percentage = readFlag(flags, /^--max[-_]old[-_]space[-_]size[-_]percentage=/);
  const limitMiB =
    percentage === undefined
      ? (readFlag(flags, /^--max[-_]old[-_]space[-_]size=/) ?? readFlag(flags, /^--max[-_]heap[-_]size=/))
      : (percentage / 100) * (readResources().memoryBytes / mebibyte);
  return limitMiB === undefined ? undefined : Math.max(0, Math.floor(limitMiB) - listenerHeapMiB);
}

/** Gives what Node makes of `NODE_OPTIONS`: double quotes hold spaces together, and single ones mean nothing. */
function splitNodeOptions(options: string): readonly string[] {
  const words = options.match(/(?:"(?:\\.|[^"\\])*"|[^ "])+/g) ?? [];
  return words.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"/g, (_, text: string) => text.replace(/\\(.)/g, '$1')),
  );
}

/** Gives the last value of a flag; V8 takes 0 for its default. */
function readFlag(flags: readonly string[], pattern: RegExp): number | undefined {
  const value = Number(flags.findLast((flag) => pattern.test(flag))?.replace(pattern, ''));
  return value > 0 ? value : undefined;
}
