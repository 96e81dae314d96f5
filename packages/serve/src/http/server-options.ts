/** What a server can be told, and what it does when it is not told. */

import { limits } from '@optml/contract/limits';
import type { Logger } from '../errors/logger.ts';
import type { OpenInferenceModel } from '../invocation/invocation.ts';
import type { Isolation } from '../model/model-handle.ts';
import type { AccessLogOptions } from '../observability/access-log.ts';
import type { EmbeddedMetricsOptions } from '../observability/embedded-metrics.ts';
import type { ExecutionParameters } from './answer-execution-parameters.ts';
import type { SpillOptions } from './store-body.ts';

export interface ServerOptions {
  /** The unpacked model artifact, `resolvePaths().model` of `@optml/contract`. */
  readonly modelDirectory: string;
  /**
   * Where user code runs: in worker threads (default), each worker in a `process` of its own, which native code cannot
   * take along when it crashes, or `inline` in the thread that answers `/ping`.
   */
  readonly isolation?: Isolation | undefined;
  /** How many workers; default one per CPU that the container may use. */
  readonly workers?: number | undefined;
  /**
   * The MiB of memory that all processes of the server may use; default the container's. Shortly before, the worker that holds
   * most is ended, for beyond it the kernel would end one of its own choice.
   */
  readonly memoryMb?: number | undefined;
  /** The most MiB of JavaScript heap in use of all workers together; default 60 % of the memory, and never more. */
  readonly totalHeapMb?: number | undefined;
  /** The most MiB of JavaScript heap in use of each worker; default what all may have, shared out. */
  readonly workerHeapMb?: number | undefined;
  /**
   * The media type of replies to a missing Accept header or `*`/`*`; default the request's own type. One that the
   * predictor cannot write ends the start.
   */
  readonly defaultAccept?: string | undefined;
  /** Answers the REST routes of the Open Inference Protocol v2 under `/v2` too, for the model of this name; default not. */
  readonly openInference?: OpenInferenceModel | undefined;
  /** What `/execution-parameters` tells a transform job, in place of what the server chooses. */
  readonly executionParameters?: ExecutionParameters | undefined;
  /** True in a batch transform job, whose requests may be larger and take longer: it changes the defaults below. */
  readonly batch?: boolean | undefined;
  /** The most bytes of a body; default 25 MiB, the platform's limit for real-time endpoints; in batch 100 MiB. */
  readonly maximumBodyBytes?: number | undefined;
  /** Writes large bodies to disk while they wait; default none: they wait in memory. */
  readonly spill?: SpillOptions | undefined;
  /** The most invocations waited for at once, further ones get 503; default 1,000. */
  readonly maximumPendingInvocations?: number | undefined;
  /** The most bytes of bodies in memory at once, further ones get 503; default 256 MiB, at least two bodies. */
  readonly maximumPendingBytes?: number | undefined;
  /**
   * The time for one invocation, body included; default 55,000 ms, as the platform gives up after 60 s; in batch
   * 3,600,000 ms, the longest that a job may be told to wait.
   */
  readonly invocationTimeoutMs?: number | undefined;
  /** How often the author's `health` is asked; default 5,000 ms. */
  readonly healthIntervalMs?: number | undefined;
  /**
   * How long an import, a load or a sample lasts before the log names it; default 30,000 ms. It is named again each time
   * that twice as much has gone by.
   */
  readonly slowStageMs?: number | undefined;
  /** How long a closing server still accepts connections; default 2,000 ms. */
  readonly drainGraceMs?: number | undefined;
  /** From `close()` to cutting off what is still in flight; default 25,000 ms of the platform's 30 s. */
  readonly drainTimeoutMs?: number | undefined;
  /** Answers `/metrics` in the text format of Prometheus; default true. */
  readonly metrics?: boolean | undefined;
  /** Writes metrics as lines of CloudWatch's embedded metric format; default none. */
  readonly embeddedMetrics?: EmbeddedMetricsOptions | undefined;
  /** Writes a line for each request; default none. */
  readonly accessLog?: AccessLogOptions | undefined;
  /** Answers `/` with a page to try the model in a browser; default false. */
  readonly playground?: boolean | undefined;
  /** Where the server writes, and the author's code by its `log`; `console` is one. */
  readonly log: Logger;
}

/** Options with their defaults. */
export interface ResolvedOptions extends ServerOptions {
  readonly maximumBodyBytes: number;
  readonly maximumPendingInvocations: number;
  readonly maximumPendingBytes: number;
  readonly invocationTimeoutMs: number;
}

const mebibyte = 1024 ** 2;

/** Source: `CreateTransformJob`, `MaxPayloadInMB` and `InvocationsTimeoutInSeconds`. */
const batchDefaults = { maximumBodyBytes: 100 * mebibyte, invocationTimeoutMs: 3_600_000 };
const hostingDefaults = { maximumBodyBytes: limits.invocationBytes, invocationTimeoutMs: 55_000 };

/**
 * Fills in the defaults.
 *
 * @throws TypeError for JavaScript that gives no `log`: without one the server would end with its first word.
 */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  if (options.log === undefined)
    throw new TypeError('createApp: log is missing: pass a logger, as console is');
  const defaults = options.batch === true ? batchDefaults : hostingDefaults;
  const { maximumBodyBytes = defaults.maximumBodyBytes, spill } = options;
  const inMemoryBytes = Math.min(maximumBodyBytes, spill?.aboveBytes ?? maximumBodyBytes);
  return {
    ...options,
    maximumBodyBytes,
    maximumPendingInvocations: options.maximumPendingInvocations ?? 1_000,
    maximumPendingBytes: options.maximumPendingBytes ?? Math.max(256 * mebibyte, 2 * inMemoryBytes),
    invocationTimeoutMs: options.invocationTimeoutMs ?? defaults.invocationTimeoutMs,
  };
}
