/** Writes what was counted in the text format of Prometheus. */

import process from 'node:process';
import { readResidentBytes } from '@optml/contract/resources';
import type { InvocationCounts } from './count-invocations.ts';
import type { EmbeddedMetricsSources } from './embedded-metrics.ts';
import type { EventLoopLag } from './event-loop-lag.ts';
import type { Histogram } from './histogram.ts';
import type { ServerGauges } from './server-gauges.ts';

/** Where the figures come from. */
interface MetricSources extends EmbeddedMetricsSources {
  readonly counts: InvocationCounts;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** A figure under one name: a number, or one for each value of a label. */
type Figure = readonly [
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  value: number | { readonly label: string; readonly values: ReadonlyMap<string | number, number> },
];

/** Writes the metrics of now. */
export function renderMetrics({ counts, readGauges, lag }: MetricSources): MetricsText {
  const figures = [
    ...listCounts(counts),
    ...listGauges(readGauges()),
    ...listLag(lag),
    ...listProcessFigures(),
  ];
  const texts = [...figures.map(formatFigure), ...counts.histograms.map(formatHistogram)];
  return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: texts.join('\n') };
}

function formatFigure([kind, name, help, value]: Figure): string {
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

function listCounts({
  statuses,
  errors,
  closes,
  requestBytes,
  replyBytes,
}: InvocationCounts): readonly Figure[] {
  return [
    [
      'counter',
      'optml_invocations_total',
      'Answered invocations by HTTP status; 499 for a client that left before.',
      { label: 'status', values: statuses },
    ],
    [
      'counter',
      'optml_invocation_errors_total',
      'Invocations that were answered with an error, by its code.',
      { label: 'code', values: errors },
    ],
    ['counter', 'optml_request_bytes_total', 'Bytes of bodies received.', requestBytes],
    ['counter', 'optml_reply_bytes_total', 'Bytes of whole replies.', replyBytes],
    [
      'counter',
      'optml_connections_closed_total',
      'Closed WebSocket connections by close code; 1006 for a client that left without closing.',
      { label: 'code', values: closes },
    ],
  ];
}

function listGauges({
  inFlight,
  healthy,
  workers,
  models,
  sessions,
  adapters,
}: ServerGauges): readonly Figure[] {
  const { ready, lost, restarts } = workers;
  return [
    ...listGauge('optml_models_loaded', 'Models that are loaded.', models),
    ...listGauge('optml_adapters_loaded', 'Adapters that are loaded.', adapters),
    ...listGauge('optml_sessions_open', 'Sessions that are open.', sessions),
    ['gauge', 'optml_invocations_in_flight', 'Invocations without an answer yet.', inFlight],
    ['gauge', 'optml_healthy', '1 when /ping answers 200, else 0.', healthy],
    ['gauge', 'optml_workers_ready', 'Workers that have loaded the model.', ready],
    ['gauge', 'optml_workers_lost', 'Workers that were to end and are still in a native call.', lost],
    ['counter', 'optml_worker_restarts_total', 'Workers started in place of ended ones.', restarts],
  ];
}

/** A figure that only some servers have. */
function listGauge(name: string, help: string, value: number | undefined): readonly Figure[] {
  return value === undefined ? [] : [['gauge', name, help, value]];
}

/** Each look takes what was seen since the last one. */
function listLag(lag: EventLoopLag): readonly Figure[] {
  const { p50Ms, p99Ms, maximumMs } = lag.take();
  const figure = (name: string, ms: number): Figure => [
    'gauge',
    `optml_event_loop_lag_${name}_seconds`,
    `How late the thread that answers HTTP was since the last look (${name}).`,
    ms / 1e3,
  ];
  return [figure('p50', p50Ms), figure('p99', p99Ms), figure('max', maximumMs)];
}

/** By the names that dashboards for any program know. */
function listProcessFigures(): readonly Figure[] {
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  const startedSeconds = (Date.now() - process.uptime() * 1e3) / 1e3;
  return [
    ['counter', 'process_cpu_seconds_total', 'CPU time of all threads, in user and system mode.', cpuSeconds],
    ['gauge', 'process_resident_memory_bytes', 'Memory that the process occupies.', readResidentBytes()],
    ['gauge', 'process_start_time_seconds', 'When it started, in seconds since 1970.', startedSeconds],
  ];
}
