/** What is known of one invocation once it is answered, and who wants to know. */

import type { IncomingMessage } from 'node:http';
import type { RequestHead, WholeReply } from '../invocation/invocation.ts';
import { type InvocationTimes, readClockOriginMs } from '../invocation/invocation-clock.ts';
import type { InvocationSpan, Tracer } from './tracer.ts';

/** Gets every invocation once, after its answer. */
export type RecordSink = (record: InvocationRecord) => void;

type Answer = Pick<WholeReply, 'status' | 'errorCode' | 'times'>;

/** How long the steps of a prediction took; `undefined` for one that was not reached. */
export class InvocationSteps {
  /** When the body was there; 0 if it never was. */
  submittedMs = 0;
  times: InvocationTimes | undefined;

  /** From the whole body to the begin of work, and the wait for a batch. */
  get queueMs(): number | undefined {
    const { times } = this;
    if (times === undefined) return undefined;
    // The clocks of two threads may differ by some microseconds, and a wait is never negative.
    return Math.max(0, times[0] - readClockOriginMs() - this.submittedMs) + (times[2] - times[1]);
  }

  get decodeMs(): number | undefined {
    const { times } = this;
    if (times === undefined || times[1] === 0) return undefined;
    return times[1] - times[0];
  }

  get predictMs(): number | undefined {
    const { times } = this;
    if (times === undefined || times[3] === 0) return undefined;
    return times[3] - times[2];
  }

  get encodeMs(): number | undefined {
    const { times } = this;
    if (times === undefined || times[4] === 0) return undefined;
    return times[4] - times[3];
  }

  /** How many requests were predicted together; 0 for one that was predicted alone. */
  get batchSize(): number {
    return this.times?.[5] ?? 0;
  }

  /** True for one request of each batch. */
  get leadsBatch(): boolean {
    return this.batchSize > 0 && this.times?.[6] === 0;
  }
}

/** One invocation, from its head to its answer. */
export class InvocationRecord extends InvocationSteps {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly requestId: string;
  readonly contentType: string | undefined;
  readonly startedMs = performance.now();
  endedMs = 0;
  requestBytes = 0;
  replyBytes = 0;
  status = 0;
  errorCode: string | undefined;
  /** What a WebSocket connection was closed with; `undefined` of any other request. */
  closeCode: number | undefined;
  /** Of a body that is predicted part by part, the steps of each; then there are none of the whole. */
  parts: InvocationSteps[] | undefined;
  readonly span: InvocationSpan | undefined;
  readonly #sink: RecordSink;

  constructor(
    request: IncomingMessage,
    head: RequestHead,
    path: string,
    { sink, tracer }: { readonly sink: RecordSink; readonly tracer: Tracer | undefined },
  ) {
    super();
    this.method = request.method ?? '';
    this.path = path;
    this.requestId = head.requestId;
    this.contentType = head.contentType;
    this.#sink = sink;
    this.span = tracer?.begin(request.headers, path);
  }

  /** Takes in that the body is there. */
  submit(bytes: number): void {
    this.submittedMs = performance.now();
    this.requestBytes = bytes;
  }

  /** Takes in that a part of the body is answered. */
  addPart(submittedMs: number, times: InvocationTimes | undefined): void {
    if (times === undefined) return;
    const steps = new InvocationSteps();
    steps.submittedMs = submittedMs;
    steps.times = times;
    this.parts ??= [];
    this.parts.push(steps);
  }

  /** Takes in the answer and tells whoever wants to know; called once. */
  end({ status, body, errorCode, times }: WholeReply, nowMs: number): void {
    this.#end({ status, errorCode, times }, measureBody(body), nowMs);
  }

  /** The same of a streamed reply, once its last piece has been written; one that was cut off has the status it began with. */
  endStream(answer: Answer, replyBytes: number): void {
    this.#end(answer, replyBytes, performance.now());
  }

  /** The same of a WebSocket connection, once it is closed. */
  endConnection(
    { closeCode, errorCode }: { readonly closeCode: number; readonly errorCode: string | undefined },
    [requestBytes, replyBytes]: readonly [requestBytes: number, replyBytes: number],
  ): void {
    this.closeCode = closeCode;
    this.requestBytes = requestBytes;
    this.#end({ status: 101, errorCode }, replyBytes, performance.now());
  }

  #end({ status, errorCode, times }: Answer, replyBytes: number, nowMs: number): void {
    this.endedMs = nowMs;
    this.status = status;
    this.errorCode = errorCode;
    this.times = times;
    this.replyBytes = replyBytes;
    this.#sink(this);
  }

  get durationMs(): number {
    return this.endedMs - this.startedMs;
  }
}

/** Of a text that is not ASCII, the bytes are a few more than its characters: nobody counts them twice. */
function measureBody(body: WholeReply['body']): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}
