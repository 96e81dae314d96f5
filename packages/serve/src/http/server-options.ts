/** What a server can be told, and what it does when it is not told. */

import { type HostingMode, limits as platformLimits, requestLimits } from '@optml/contract/limits';
import type { Log } from '@optml/contract/log';
import { resolvePaths } from '@optml/contract/paths';
import type { OpenInferenceModel } from '../invocation/invocation.ts';
import type { AdapterSettings } from '../model/adapter-registry.ts';
import type { Defaulted, Isolation, WorkerOptions, WorkerSettings } from '../model/model-handle.ts';
import type { SessionSettings } from '../model/served-model.ts';
import type { MultiModelOptions } from '../models/model-registry.ts';
import type { ObservabilityOptions } from '../observability/observability-options.ts';
import type { BatchingOptions } from '../predictor/batching-options.ts';
import type { ExecutionParameters } from './answer-execution-parameters.ts';
import type { DrainTimes } from './drain.ts';
import type { SpillOptions } from './store-body.ts';

/** What one request, and all of them at once, may take. */
interface LimitOptions {
  /** The most bytes of a body; default as many as the platform sends, 25 MiB to a real-time endpoint. */
  readonly bodyBytes?: number | undefined;
  /** Writes large bodies to disk while they wait; default none: they wait in memory. */
  readonly spill?: SpillOptions | undefined;
  /** The most invocations waited for at once, further ones get 503; default 1,000. */
  readonly pendingInvocations?: number | undefined;
  /** The most bytes of bodies in memory at once, further ones get 503; default 256 MiB, at least two bodies. */
  readonly pendingBytes?: number | undefined;
  /** The time for one invocation, body included; default 5,000 ms less than the platform waits, which is 60 s or an hour. */
  readonly invocationMs?: number | undefined;
  /**
   * The time for a streamed reply from its first item on, which has to come within `invocationMs`; default 480,000 ms, the
   * platform's limit, or an hour where it waits that long for any answer.
   */
  readonly streamMs?: number | undefined;
  /** The time of a WebSocket connection; default 1,800,000 ms, the platform's limit. */
  readonly connectionMs?: number | undefined;
  /** How often a WebSocket connection is asked for a sign of life; without one until the next time it is cut off. Default 30,000 ms. */
  readonly pingMs?: number | undefined;
}

/** How a server closes. */
interface DrainOptions {
  /** How long it still accepts connections; default 2,000 ms. */
  readonly graceMs?: number | undefined;
  /** From `close()` to cutting off what is still in flight; default 25,000 ms of the platform's 30 s. */
  readonly timeoutMs?: number | undefined;
  /** The same for WebSocket connections and for replies that have begun and come in pieces; default 28,000 ms, and at least `timeoutMs`. */
  readonly streamTimeoutMs?: number | undefined;
  /**
   * How long neither side may have said anything on a WebSocket connection, for a server that closes to end the messages of
   * its client where the predictor waits for another; default 5,000 ms.
   */
  readonly silenceMs?: number | undefined;
}

export interface ServerOptions {
  /** The unpacked model artifact; default `/opt/ml/model`. */
  readonly modelDirectory?: string | undefined;
  /** Serves several models, which the platform loads and unloads under `/models`, in place of the one; default not. */
  readonly multiModel?: MultiModelOptions | undefined;
  /**
   * Where user code runs: in worker threads (default), each worker in a `process` of its own, which native code cannot
   * take along when it crashes, or `inline` in the thread that answers `/ping`.
   */
  readonly isolation?: Isolation | undefined;
  /**
   * The media type of replies to a missing Accept header or `*`/`*`; default the request's own type. One that the
   * predictor cannot write ends the start.
   */
  readonly defaultAccept?: string | undefined;
  /** Answers the REST routes of the Open Inference Protocol v2 under `/v2` too, for the model of this name; default not. */
  readonly openInference?: OpenInferenceModel | undefined;
  /** How requests are gathered for `predictBatch`; each member counts before the predictor's own. */
  readonly batching?: BatchingOptions | undefined;
  /** Whether sessions are opened, and their terms; each member counts before what the predictor says. */
  readonly sessions?: SessionSettings | undefined;
  /** How adapters are loaded and unloaded, of a predictor that has them. */
  readonly adapters?: AdapterSettings | undefined;
  /** What `/execution-parameters` tells a transform job, in place of what the server chooses. */
  readonly executionParameters?: ExecutionParameters | undefined;
  /**
   * How the platform hosts the model, from which the defaults of `limits` follow; default `real-time`. Serverless inference
   * sends one request at a time, so there it is one worker.
   */
  readonly hosting?: HostingMode | undefined;
  readonly workers?: WorkerOptions | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly drain?: DrainOptions | undefined;
  /** Metrics for Prometheus (default on) and for CloudWatch, and a line for each request (default none). */
  readonly observe?: ObservabilityOptions | undefined;
  /**
   * Paths of the author's own routes that an invocation may ask for by the custom attribute `route=PATH`; default none, and
   * the attribute means nothing. Only `createApp` has such routes.
   */
  readonly invocableRoutes?: readonly string[] | undefined;
  /** Answers `/` with a page to try the model in a browser; default false. */
  readonly playground?: boolean | undefined;
  /** Where the server writes, and the author's code by its `log`; default `console`. */
  readonly log?: Log | undefined;
}

/** Options with their defaults. */
export interface ResolvedOptions extends ServerOptions {
  readonly modelDirectory: string;
  readonly workers: WorkerSettings;
  readonly limits: Defaulted<
    LimitOptions,
    | 'bodyBytes'
    | 'pendingInvocations'
    | 'pendingBytes'
    | 'invocationMs'
    | 'streamMs'
    | 'connectionMs'
    | 'pingMs'
  > & {
    /** The most bytes of a body that is predicted part by part. */
    readonly chunkedBytes: number;
  };
  readonly drain: DrainTimes;
  readonly observe: ObservabilityOptions;
  readonly log: Log;
}

const mebibyte = 1024 ** 2;
/** How much less an invocation has than the platform waits: the client then gets the container's reason. */
export const marginMs = 5_000;

/** Fills in the defaults. */
export function resolveOptions({
  modelDirectory = resolvePaths().model,
  workers = {},
  limits = {},
  drain = {},
  observe = {},
  log = console,
  ...rest
}: ServerOptions): ResolvedOptions {
  const { hosting = 'real-time' } = rest;
  const defaults = requestLimits[hosting];
  const {
    bodyBytes = defaults.bodyBytes,
    spill,
    invocationMs = defaults.invocationMs - marginMs,
    streamMs = defaults.streamMs,
    connectionMs = platformLimits.connectionMs,
    pingMs = 30_000,
  } = limits;
  const inMemoryBytes = Math.min(bodyBytes, spill?.aboveBytes ?? bodyBytes);
  const { pendingInvocations = 1_000, pendingBytes = Math.max(256 * mebibyte, 2 * inMemoryBytes) } = limits;
  const { count = hosting === 'serverless' ? 1 : undefined } = workers;
  const { connections = 64, healthIntervalMs = 5_000, slowStageMs = 30_000 } = workers;
  const { graceMs = 2_000, timeoutMs = 25_000, silenceMs = 5_000 } = drain;
  const { streamTimeoutMs = Math.max(28_000, timeoutMs) } = drain;
  return {
    ...rest,
    modelDirectory,
    workers: { ...workers, count, connections, healthIntervalMs, slowStageMs },
    limits: {
      bodyBytes,
      chunkedBytes: limits.bodyBytes ?? Number.POSITIVE_INFINITY,
      spill,
      pendingInvocations,
      pendingBytes,
      invocationMs,
      streamMs,
      connectionMs,
      pingMs,
    },
    drain: { graceMs, timeoutMs, streamTimeoutMs, silenceMs },
    observe,
    log,
  };
}
