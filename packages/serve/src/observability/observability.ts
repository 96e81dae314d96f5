/** All that watches a server: puts together what was asked for, and is nothing when nothing was. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHead } from '../invocation/invocation.ts';
import { createAccessLog } from './access-log.ts';
import { countInvocations } from './count-invocations.ts';
import { createEmbeddedMetrics, type EmbeddedMetrics } from './embedded-metrics.ts';
import { type EventLoopLag, watchEventLoopLag } from './event-loop-lag.ts';
import { InvocationRecord, type RecordSink } from './invocation-record.ts';
import { isWatched } from './is-watched.ts';
import type { ObservabilityOptions } from './observability-options.ts';
import { type MetricsText, renderMetrics } from './render-metrics.ts';
import type { ModelState, ServerGauges } from './server-gauges.ts';
import { loadTracer, type Tracer } from './tracer.ts';

export type Observability = ReturnType<typeof createObservability>;

/** Creates what watches the server of a model; nothing is watched before it starts. */
export function createObservability(options: ObservabilityOptions, model: ModelState) {
  const { metrics = true, embeddedMetrics } = options;
  const accessLog = options.accessLog === undefined ? undefined : createAccessLog(options.accessLog);
  const counts = metrics ? countInvocations() : undefined;
  let isUsed = false;
  let inFlight = 0;
  let tracer: Tracer | undefined;
  let embedded: EmbeddedMetrics | undefined;
  const lags: EventLoopLag[] = [];
  const readGauges = () => ({ ...readModel(model), inFlight });
  const watchLag = () => {
    const lag = watchEventLoopLag();
    lags.push(lag);
    return lag;
  };
  const take: RecordSink = (record) => {
    inFlight -= 1;
    counts?.add(record);
    embedded?.add(record);
    accessLog?.addInvocation(record);
    record.span?.end(record);
  };
  const observability = {
    /** Writes the metrics of now; `undefined` when there are none. */
    renderMetrics: undefined as (() => MetricsText) | undefined,
    /** Begins the record of an invocation; `undefined` when nobody wants to know. */
    observe(request: IncomingMessage, head: RequestHead, path: string): InvocationRecord | undefined {
      if (!isUsed) return undefined;
      inFlight += 1;
      return new InvocationRecord(request, head, path, { sink: take, tracer });
    },
    /** Watches any other request. */
    watch: (request: IncomingMessage, response: ServerResponse, path: string) =>
      accessLog?.watch(request, response, path),
    /** Looks for a tracer, too, which a program registers before it listens. */
    async start(): Promise<void> {
      isUsed = isWatched(options);
      tracer = await loadTracer();
      if (embeddedMetrics !== undefined) {
        embedded = createEmbeddedMetrics(embeddedMetrics, { lag: watchLag(), readGauges });
        embedded.start();
      }
      if (counts !== undefined) {
        const sources = { counts, lag: watchLag(), readGauges };
        observability.renderMetrics = () => renderMetrics(sources);
      }
    },
    /** Writes what has been gathered. */
    stop(): void {
      embedded?.stop();
      accessLog?.flush();
      for (const lag of lags) lag.stop();
    },
  };
  return observability;
}

function readModel(model: ModelState): Omit<ServerGauges, 'inFlight'> {
  return {
    healthy: model.isHealthy() ? 1 : 0,
    workers: model.countWorkers(),
    models: model.countModels?.(),
    sessions: model.countSessions?.(),
    adapters: model.countAdapters?.(),
  };
}
