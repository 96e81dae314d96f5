/**
 * Makes the spans of an invocation: one for the whole, and one each for `queue`, `decode`, `predict` and `encode`.
 * All of them are made in the thread that answers HTTP, those of the worker's steps from the times that come back with
 * the reply: so they need no SDK in the worker, and cannot lose their parent.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Context, Span, Tracer as TraceApiTracer } from '@opentelemetry/api';
import { type InvocationTimes, readClockOriginMs } from '../invocation/invocation-clock.ts';
import { loadTraceApi } from './load-trace-api.ts';

export interface Tracer {
  /** Begins the span of a request, as a child of the span that its headers name. */
  begin(headers: IncomingHttpHeaders, path: string): InvocationSpan;
}

/** The span of an invocation that is under way. */
export interface InvocationSpan {
  /** The headers that make another span its child, `traceparent` among them. */
  readonly carrier: Readonly<Record<string, string>>;
  end(record: TracedInvocation): void;
}

/** What a span tells of its invocation. */
interface TracedInvocation {
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly times: InvocationTimes | undefined;
  readonly submittedMs: number;
  readonly endedMs: number;
  readonly batchSize: number;
}

type TraceApi = typeof import('@opentelemetry/api');

/** The platform hands on no other header of the client's. Source: `InvokeEndpoint`. */
const customAttributesHeader = 'x-amzn-sagemaker-custom-attributes';
const traceparentPattern = /\btraceparent=([\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2})\b/;

/** Gives a tracer when an SDK of OpenTelemetry is registered by now, else `undefined`. */
export async function loadTracer(): Promise<Tracer | undefined> {
  const api = await loadTraceApi();
  if (api === undefined) return undefined;
  const tracer = api.trace.getTracer('@optml/serve');
  return {
    begin(headers, path) {
      const parent = api.propagation.extract(api.ROOT_CONTEXT, withTraceparent(headers));
      const kind = api.SpanKind.SERVER;
      const route = path.replace(/^\/models\/[^/]+/, '/models/{name}');
      const span = tracer.startSpan(`POST ${route}`, { kind }, parent);
      const context = api.trace.setSpan(parent, span);
      const carrier: Record<string, string> = {};
      api.propagation.inject(context, carrier);
      return createInvocationSpan(span, { api, tracer, context, carrier });
    },
  };
}

/** A client behind the platform can send its `traceparent` in the custom attributes only. */
function withTraceparent(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  if (headers.traceparent !== undefined) return headers;
  const attributes = headers[customAttributesHeader];
  const traceparent = traceparentPattern.exec(String(attributes ?? ''))?.[1];
  return traceparent === undefined ? headers : { ...headers, traceparent };
}

interface SpanSurroundings {
  readonly api: TraceApi;
  readonly tracer: TraceApiTracer;
  readonly context: Context;
  readonly carrier: Readonly<Record<string, string>>;
}

function createInvocationSpan(
  span: Span,
  { api, tracer, context, carrier }: SpanSurroundings,
): InvocationSpan {
  // Spans tell the time of day, and the monotonic clock drifts from it in days.
  const epochOffsetMs = Date.now() - performance.now();
  return {
    carrier,
    end(record) {
      if (span.isRecording()) {
        for (const { name, fromMs, toMs } of listSteps(record)) {
          const step = tracer.startSpan(name, { startTime: fromMs + epochOffsetMs }, context);
          if (name === 'predict' && record.batchSize > 0) {
            step.setAttribute('optml.batch_size', record.batchSize);
          }
          step.end(toMs + epochOffsetMs);
        }
        span.setAttributes(describeRecord(record));
        if (record.status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      span.end(record.endedMs + epochOffsetMs);
    },
  };
}

/** By OpenTelemetry's semantic conventions for HTTP servers. */
function describeRecord({ method, path, status, errorCode, requestId }: TracedInvocation) {
  return {
    'http.request.method': method,
    'http.response.status_code': status,
    'url.path': path,
    'optml.request_id': requestId,
    'error.type': errorCode,
  };
}

/** The steps that were reached, by this thread's clock. */
function listSteps({ times, submittedMs }: TracedInvocation) {
  if (times === undefined) return [];
  const [beganMs = 0, decodedMs = 0, predictingMs = 0, predictedMs = 0, encodedMs = 0] = times.map((ms) =>
    ms === 0 ? 0 : ms - readClockOriginMs(),
  );
  const steps = [
    { name: 'queue', fromMs: submittedMs, toMs: Math.max(beganMs, submittedMs) },
    { name: 'decode', fromMs: beganMs, toMs: decodedMs },
    { name: 'batch', fromMs: decodedMs, toMs: predictingMs },
    { name: 'predict', fromMs: predictingMs, toMs: predictedMs },
    { name: 'encode', fromMs: predictedMs, toMs: encodedMs },
  ];
  return steps.filter(({ name, toMs, fromMs }) => toMs > 0 && (name !== 'batch' || toMs > fromMs));
}
