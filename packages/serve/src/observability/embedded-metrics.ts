/** Writes metrics as lines that CloudWatch Logs turns into metrics by itself: no network, no credentials. */

import type { EventLoopLag } from './event-loop-lag.ts';
import type { InvocationRecord, InvocationSteps } from './invocation-record.ts';
import { createSample } from './sample.ts';
import type { ServerGauges } from './server-gauges.ts';

/** Where lines of CloudWatch's embedded metric format go, and what they are filed under. */
export interface EmbeddedMetricsOptions {
  /** Gets whole lines, several at once. They count only as lines of their own in the container's log. */
  write(lines: string): void;
  /** Default `optml`. */
  readonly namespace?: string | undefined;
  /** Names and values that tell this server's metrics from those of others; default none. At most 29. */
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
  /** Between two sets of lines; default 60,000 ms, the resolution of CloudWatch. */
  readonly intervalMs?: number | undefined;
}

export type EmbeddedMetrics = ReturnType<typeof createEmbeddedMetrics>;

/** Where figures come from that are looked at only when lines are written. */
export interface EmbeddedMetricsSources {
  readonly lag: EventLoopLag;
  readGauges(): ServerGauges;
}

/** Source: "Specification: Embedded metric format": an array of values has at most 100. */
const maximumValues = 100;

/** Creates a writer that is not started. */
export function createEmbeddedMetrics(
  options: EmbeddedMetricsOptions,
  { lag, readGauges }: EmbeddedMetricsSources,
) {
  const { write, intervalMs = 60_000 } = options;
  let interval = createInterval();
  let lastRestarts = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    const { counts, samples, errors } = interval;
    interval = createInterval();
    const { inFlight, healthy, workers, models, sessions, adapters } = readGauges();
    const figures: Figure[] = [
      ['Invocations', 'Count', counts.all],
      ['Invocation4XXErrors', 'Count', counts.client],
      ['Invocation5XXErrors', 'Count', counts.server],
      ['InvocationsInFlight', 'Count', inFlight],
      ['Healthy', 'None', healthy],
      ['ModelsLoaded', 'Count', models ?? []],
      ['SessionsOpen', 'Count', sessions ?? []],
      ['AdaptersLoaded', 'Count', adapters ?? []],
      ['WorkersReady', 'Count', workers.ready],
      ['WorkersLost', 'Count', workers.lost],
      ['WorkerRestarts', 'Count', workers.restarts - lastRestarts],
      ['EventLoopLag', 'Milliseconds', lag.take().maximumMs],
      // Of these CloudWatch computes percentiles.
      ['Duration', 'Milliseconds', samples.Duration.values],
      ['QueueDuration', 'Milliseconds', samples.QueueDuration.values],
      ['PredictDuration', 'Milliseconds', samples.PredictDuration.values],
      ['BatchSize', 'Count', samples.BatchSize.values],
    ];
    lastRestarts = workers.restarts;
    const lines = [formatLine(figures, options)];
    for (const [code, value] of errors) {
      const dimensions = { ...options.dimensions, Code: code };
      lines.push(formatLine([['InvocationErrors', 'Count', value]], { ...options, dimensions }));
    }
    write(`${lines.join('\n')}\n`);
  };
  return {
    add: (record: InvocationRecord) => addRecord(interval, record),
    /** Writes what has come since the last time. */
    flush,
    start(): void {
      timer ??= setInterval(flush, intervalMs).unref();
    },
    /** Writes the rest, and no more. */
    stop(): void {
      clearInterval(timer);
      flush();
    },
  };
}

type Interval = ReturnType<typeof createInterval>;

function createInterval() {
  const sample = () => createSample(maximumValues);
  return {
    counts: { all: 0, client: 0, server: 0 },
    errors: new Map<string, number>(),
    samples: { Duration: sample(), QueueDuration: sample(), PredictDuration: sample(), BatchSize: sample() },
  };
}

function addRecord({ counts, errors, samples }: Interval, record: InvocationRecord): void {
  const { status, errorCode } = record;
  counts.all += 1;
  if (status >= 500) counts.server += 1;
  else if (status >= 400) counts.client += 1;
  if (errorCode !== undefined) errors.set(errorCode, (errors.get(errorCode) ?? 0) + 1);
  // A connection lasts as long as its client likes.
  if (record.closeCode === undefined) samples.Duration.add(record.durationMs);
  if (record.parts === undefined) addSteps(samples, record);
  else for (const part of record.parts) addSteps(samples, part);
}

function addSteps(samples: Interval['samples'], steps: InvocationSteps): void {
  const { queueMs, predictMs } = steps;
  if (queueMs !== undefined) samples.QueueDuration.add(queueMs);
  if (predictMs !== undefined) samples.PredictDuration.add(predictMs);
  if (steps.leadsBatch) samples.BatchSize.add(steps.batchSize);
}

type Figure = readonly [name: string, unit: string, value: number | readonly number[]];

function formatLine(figures: readonly Figure[], options: EmbeddedMetricsOptions): string {
  const { namespace = 'optml', dimensions = {} } = options;
  // There is no value for what did not happen.
  const given = figures.filter(([, , value]) => typeof value === 'number' || value.length > 0);
  const directive = {
    Namespace: namespace,
    Dimensions: [Object.keys(dimensions)],
    Metrics: given.map(([name, unit]) => ({ Name: name, Unit: unit })),
  };
  return JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...Object.fromEntries(given.map(([name, , value]) => [name, value])),
  });
}
