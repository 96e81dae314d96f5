/** Writes what was counted in the text format of Prometheus. */

import process from 'node:process';
import type { InvocationCounts } from './count-invocations.ts';
import type { EventLoopLag } from './event-loop-lag.ts';
import type { Histogram } from './histogram.ts';
import type { ServerGauges } from './server-gauges.ts';

/** Where the figures come from. */
export interface MetricSources {
  readonly counts: InvocationCounts;
  readonly lag: EventLoopLag;
  readGauges(): ServerGauges;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** A figure under one name: a number, or one for each value of a label. */
interface Figure {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly value: number | { readonly label: string; readonly values: ReadonlyMap<string | number, number> };
}

/** Writes the metrics of now. */
export function renderMetrics(sources: MetricSources): MetricsText {
  const figures = [
    ...listFigures(sources).map(formatFigure),
    ...sources.counts.histograms.map(formatHistogram),
  ];
  return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: figures.join('\n') };
}

function formatFigure({ kind, name, help, value }: Figure): string {
  if (typeof value === 'number') return formatMetric({ kind, name, help }, [[name, value]]);
  // Numbers and words of closed sets: nothing in them is to be escaped.
  const samples = Array.from(
    value.values,
    ([key, count]) => [`${name}{${value.label}="${key}"}`, count] as const,
  );
  return formatMetric({ kind, name, help }, samples);
}

function formatHistogram({ name, help, read }: Histogram): string {
  const { buckets, sum, count } = read();
  const samples = buckets.map((bucket): Sample => {
    const bound = bucket.bound === Number.POSITIVE_INFINITY ? '+Inf' : bucket.bound;
    return [`${name}_bucket{le="${bound}"}`, bucket.count];
  });
  return formatMetric({ kind: 'histogram', name, help }, [
    ...samples,
    [`${name}_sum`, sum],
    [`${name}_count`, count],
  ]);
}

type Sample = readonly [name: string, value: number];

/** Source: Exposition formats in the documentation of Prometheus. */
function formatMetric(
  { kind, name, help }: { readonly kind: string; readonly name: string; readonly help: string },
  samples: readonly Sample[],
): string {
  const lines = samples.map(([sample, value]) => `${sample} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
}

function listFigures({ counts, readGauges, lag }: MetricSources): readonly Figure[] {
  return [...listCounts(counts), ...listGauges(readGauges()), ...listLag(lag), ...listProcessFigures()];
}

function listCounts(counts: InvocationCounts): readonly Figure[] {
  const kind = 'counter';
  return [
    {
      kind,
      name: 'optml_invocations_total',
      help: 'Answered invocations by HTTP status; 499 for a client that left before.',
      value: { label: 'status', values: counts.statuses },
    },
    {
      kind,
      name: 'optml_invocation_errors_total',
      help: 'Invocations that were answered with an error, by its code.',
      value: { label: 'code', values: counts.errors },
    },
    {
      kind,
      name: 'optml_request_bytes_total',
      help: 'Bytes of bodies received.',
      value: counts.requestBytes,
    },
    { kind, name: 'optml_reply_bytes_total', help: 'Bytes of whole replies.', value: counts.replyBytes },
  ];
}

function listGauges({ inFlight, healthy, workersReady, workerRestarts }: ServerGauges): readonly Figure[] {
  const kind = 'gauge';
  return [
    {
      kind,
      name: 'optml_invocations_in_flight',
      help: 'Invocations without an answer yet.',
      value: inFlight,
    },
    { kind, name: 'optml_healthy', help: '1 when /ping answers 200, else 0.', value: healthy },
    { kind, name: 'optml_workers_ready', help: 'Workers that have loaded the model.', value: workersReady },
    {
      kind: 'counter',
      name: 'optml_worker_restarts_total',
      help: 'Workers that were started in place of ended ones.',
      value: workerRestarts,
    },
  ];
}

/** Each look takes what was seen since the last one. */
function listLag(lag: EventLoopLag): readonly Figure[] {
  const { p50Ms, p99Ms, maximumMs } = lag.take();
  const figure = (name: string, ms: number): Figure => ({
    kind: 'gauge',
    name: `optml_event_loop_lag_${name}_seconds`,
    help: `How late the thread that answers HTTP was since the last look (${name}).`,
    value: ms / 1e3,
  });
  return [figure('p50', p50Ms), figure('p99', p99Ms), figure('max', maximumMs)];
}

/** By the names that dashboards for any program know. */
function listProcessFigures(): readonly Figure[] {
  const { user, system } = process.cpuUsage();
  const startedSeconds = (Date.now() - process.uptime() * 1e3) / 1e3;
  return [
    {
      kind: 'counter',
      name: 'process_cpu_seconds_total',
      help: 'CPU time of all threads, in user and system mode.',
      value: (user + system) / 1e6,
    },
    {
      kind: 'gauge',
      name: 'process_resident_memory_bytes',
      help: 'Memory that the process occupies.',
      value: process.memoryUsage.rss(),
    },
    {
      kind: 'gauge',
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since 1970.',
      value: startedSeconds,
    },
  ];
}
