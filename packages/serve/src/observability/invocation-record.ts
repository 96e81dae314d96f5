/** What is known of one invocation once it is answered, and who wants to know. */

import type { IncomingMessage } from 'node:http';
import type { RequestHead } from '../http/read-request-head.ts';
import type { InvocationReply } from '../model-handle.ts';
import type { InvocationTimes } from './invocation-clock.ts';
import type { InvocationSpan, Tracer } from './tracer.ts';

/** A getter that takes longer than the clock itself. */
const { timeOrigin } = performance;

/** How long the steps of an invocation took, in milliseconds; `undefined` for a step that was not reached. */
export interface StepDurations {
  /** From the whole body to the begin of work, and the wait for a batch. */
  readonly queueMs: number | undefined;
  readonly decodeMs: number | undefined;
  readonly predictMs: number | undefined;
  readonly encodeMs: number | undefined;
}

/** Gets every invocation once, after its answer. */
export type RecordSink = (record: InvocationRecord) => void;

/** One invocation, from its head to its answer. */
export class InvocationRecord {
  readonly method: string;
  readonly requestId: string;
  readonly contentType: string | undefined;
  readonly startedMs = performance.now();
  /** When the body was there; 0 if it never was. */
  submittedMs = 0;
  endedMs = 0;
  requestBytes = 0;
  /** 0 for a reply that is streamed. */
  replyBytes = 0;
  status = 0;
  errorCode: string | undefined;
  times: InvocationTimes | undefined;
  readonly span: InvocationSpan | undefined;
  readonly #url: string;
  readonly #sink: RecordSink;

  constructor(
    request: IncomingMessage,
    head: RequestHead,
    { sink, tracer }: { readonly sink: RecordSink; readonly tracer: Tracer | undefined },
  ) {
    this.method = request.method ?? '';
    this.#url = request.url ?? '';
    this.requestId = head.requestId;
    this.contentType = head.contentType;
    this.#sink = sink;
    this.span = tracer?.begin(request.headers, this.path);
  }

  /** Takes in that the body is there. */
  submit(bytes: number): void {
    this.submittedMs = performance.now();
    this.requestBytes = bytes;
  }

  /** Takes in the answer and tells whoever wants to know; called once. */
  end({ status, body, errorCode, times }: InvocationReply): void {
    this.endedMs = performance.now();
    this.status = status;
    this.errorCode = errorCode;
    this.times = times;
    this.replyBytes = measureBody(body);
    this.#sink(this);
  }

  /** Without the query string. */
  get path(): string {
    return this.#url.replace(/\?.*$/s, '');
  }

  get durationMs(): number {
    return this.endedMs - this.startedMs;
  }

  /** Measures the steps; what the clocks of two threads differ by is never negative. */
  measureSteps(): StepDurations {
    const { times, submittedMs } = this;
    if (times === undefined) return noSteps;
    const [beganMs, decodedMs, predictingMs, predictedMs, encodedMs] = times;
    const queuedMs = Math.max(0, beganMs - timeOrigin - submittedMs);
    return {
      queueMs: queuedMs + (predictingMs - decodedMs),
      decodeMs: decodedMs === 0 ? undefined : decodedMs - beganMs,
      predictMs: predictedMs === 0 ? undefined : predictedMs - predictingMs,
      encodeMs: encodedMs === 0 ? undefined : encodedMs - predictedMs,
    };
  }
}

const noSteps: StepDurations = {
  queueMs: undefined,
  decodeMs: undefined,
  predictMs: undefined,
  encodeMs: undefined,
};

/** Of a text that is not ASCII, the bytes are a few more than its characters: nobody counts them twice. */
function measureBody(body: InvocationReply['body']): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : 0;
}
