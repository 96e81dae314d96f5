import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from './start-process.ts';
import { readReply, startReadyServer } from './start-server.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${parentId}-01`;

/** Registers a real SDK for one test. */
function registerSdk(): () => readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  onTestFinished(() => {
    trace.disable();
    propagation.disable();
  });
  return () => exporter.getFinishedSpans();
}

function toMs([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}

test.each(['worker', 'inline'] as const)(
  "the steps of an invocation in isolation %s are spans of the caller's trace",
  async (isolation) => {
    const listSpans = registerSdk();
    const { invoke } = await startReadyServer('sums', { isolation });
    const startMs = Date.now();

    const headers = {
      'content-type': 'application/json',
      traceparent,
      'x-amzn-sagemaker-inference-id': 'id-1',
    };
    await (await invoke('[[1, 2]]', headers)).text();

    const spans = listSpans();
    const root = spans.find(({ kind }) => kind === SpanKind.SERVER);
    expect(root).toMatchObject({
      name: 'POST /invocations',
      parentSpanContext: { traceId, spanId: parentId },
    });
    expect(root?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'url.path': '/invocations',
      'optml.request_id': 'id-1',
    });
    const steps = spans.filter((span) => span !== root);
    expect(steps.map(({ name }) => name)).toEqual(['queue', 'decode', 'predict', 'encode']);
    for (const { parentSpanContext, startTime, endTime } of steps) {
      expect(parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
      expect(toMs(startTime)).toBeGreaterThanOrEqual(startMs - 5);
      expect(toMs(endTime)).toBeGreaterThanOrEqual(toMs(startTime));
      expect(toMs(endTime)).toBeLessThanOrEqual(Date.now() + 5);
    }
  },
);

test('an error is told by its code, and the steps end where it happened', async () => {
  const listSpans = registerSdk();
  const { invoke } = await startReadyServer('commands');

  await (await invoke('["throw"]')).text();

  const root = listSpans().find(({ kind }) => kind === SpanKind.SERVER);
  expect(root?.attributes).toMatchObject({
    'error.type': 'PREDICTOR_FAILED',
    'http.response.status_code': 500,
  });
  expect(root?.status.code).toBe(SpanStatusCode.ERROR);
  expect(listSpans().map(({ name }) => name)).toEqual(['queue', 'decode', 'predict', 'POST /invocations']);
});

test('the wait for a batch and its size can be seen', async () => {
  const listSpans = registerSdk();
  const { invoke } = await startReadyServer('batched');

  await (await invoke('"a"')).text();

  expect(listSpans().map(({ name }) => name)).toEqual([
    'queue',
    'decode',
    'batch',
    'predict',
    'encode',
    'POST /invocations',
  ]);
  expect(listSpans().find(({ name }) => name === 'predict')?.attributes).toEqual({ 'optml.batch_size': 1 });
});

test('a traceparent in the custom attributes counts where the platform drops the header', async () => {
  const listSpans = registerSdk();
  const { invoke } = await startReadyServer('sums');
  const attributes = { 'x-amzn-sagemaker-custom-attributes': `user=7,traceparent=${traceparent}` };

  await (await invoke('[[1]]', { 'content-type': 'application/json', ...attributes })).text();

  const root = listSpans().find(({ kind }) => kind === SpanKind.SERVER);
  expect(root?.parentSpanContext).toMatchObject({ traceId, spanId: parentId });
});

test("what the author's code does in a worker belongs to the trace of its request", async () => {
  const listSpans = registerSdk();
  const { invoke } = await startReadyServer('spans');

  const reply = await readReply(await invoke('[]', { 'content-type': 'application/json', traceparent }));

  const root = listSpans().find(({ kind }) => kind === SpanKind.SERVER);
  const spanId = root?.spanContext().spanId;
  expect(reply.predictions).toEqual([traceId, spanId, `00-${traceId}-${spanId}-01`]);
});

test('without an SDK the predictor sees no trace', async () => {
  const { invoke } = await startReadyServer('commands');

  const reply = await readReply(
    await invoke('["request"]', { 'content-type': 'application/json', traceparent }),
  );

  expect(JSON.parse(String(reply.predictions[0])).headers).not.toHaveProperty('traceparent');
});

test('without an SDK not even the API of OpenTelemetry is loaded', async () => {
  const { readLine } = startProgram('list-imports');

  const { status, loaded } = JSON.parse(await readLine(/^\{/));

  expect({ status, loaded }).toEqual({ status: 200, loaded: [] });
});
