/** Answers `/invocations`: from the connection to the model and back. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HostingMode } from '@optml/contract/limits';
import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import {
  type InvocationReply,
  type InvocationRequest,
  isStreamed,
  type RequestHead,
  type StoredBody,
  type StreamEnd,
  type StreamedReply,
  type WholeReply,
} from '../invocation/invocation.ts';
import type { LinkedList } from '../invocation/linked-list.ts';
import type { ModelHandle } from '../model/model-handle.ts';
import type { InvocationRecord } from '../observability/invocation-record.ts';
import type { Admission } from './admission.ts';
import { answerError, answerFailure, type Failed, reportCut } from './answer-error.ts';
import { assertNotEncoded } from './content-encoding.ts';
import type { Deadline, Deadlines } from './deadlines.ts';
import { createLateError, createLeftError } from './late-errors.ts';
import { assertCustomAttributes, readRequestHead, repeatAttributes } from './read-request-head.ts';
import {
  type BodyReceiver,
  createTooLargeError,
  isDeclaredTooLarge,
  receiveBody,
  toInvocationBody,
} from './receive-body.ts';
import type { ShedReports } from './shed-reports.ts';
import type { SpillOptions } from './store-body.ts';
import { writeReply } from './write-reply.ts';
import { type Flushable, writeSoon } from './write-soon.ts';
import { cutReply, StreamWriter, type WriteStream } from './write-stream.ts';

/** Another way to say what an invocation says. */
export interface InvocationProtocol {
  /** Throws for what the protocol has in headers and the server has not. */
  assertSupported(request: IncomingMessage): void;
  /** Says in the request itself how its body is to be read and answered: no header does. */
  adaptRequest(request: InvocationRequest): InvocationRequest;
  adaptReply(reply: WholeReply): WholeReply;
}

export interface AnswerInvocationOptions {
  /** Gives the model; throws the reason when there is none. */
  getModel(): ModelHandle;
  readonly admission: Admission;
  readonly deadlines: Deadlines;
  readonly maximumBodyBytes: number;
  /** Decides what is advised for a larger one. */
  readonly hosting?: HostingMode | undefined;
  readonly spill?: SpillOptions | undefined;
  readonly timeoutMs: number;
  /** Of replies that have begun and come in pieces. */
  readonly streamDeadlines: Deadlines;
  readonly streamMs: number;
  /** In batch transform and asynchronous inference: takes on a body that is predicted part by part; `undefined` for any other. */
  readonly transform?: StartTransform | undefined;
  /** Creates what writes a streamed reply; left out for what writes each piece at once. */
  readonly createStreamWriter?: ((response: ServerResponse) => WriteStream) | undefined;
  /** Left out for SageMaker's own. */
  readonly protocol?: InvocationProtocol | undefined;
  /** Begins the record of a request; `undefined` when nobody wants to know. */
  observe(request: IncomingMessage, head: RequestHead, path: string): InvocationRecord | undefined;
  /** True once connections are to be closed. */
  isClosing(): boolean;
  readonly log: Log;
  readonly sheds: ShedReports;
}

export interface TransformFacts {
  readonly head: RequestHead;
  readonly record: InvocationRecord | undefined;
  readonly options: AnswerInvocationOptions;
}

export type StartTransform = (
  request: IncomingMessage,
  response: ServerResponse,
  facts: TransformFacts,
) => Waiter | undefined;

/** Someone who is to be told when the connection of a request closes. */
export interface Waiter {
  /** `reason` says what else is wrong with the request than that its client has left. */
  leave(reason?: ServeError): void;
}

/** Answers one request; never throws. Its connection may close at any time, which is told to the one that is returned. */
export function answerInvocation(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  options: AnswerInvocationOptions,
): Waiter | undefined {
  const head = readRequestHead(request.headers);
  const record = options.observe(request, head, path);
  try {
    assertAnswerable(request, path, options);
    assertNotEncoded(request);
    options.protocol?.assertSupported(request);
    assertCustomAttributes(head);
  } catch (error) {
    answerError(error, { request, response, head, record, options });
    return undefined;
  }
  const transformed = options.transform?.(request, response, { head, record, options });
  if (transformed !== undefined) return transformed;
  const invocation = new Invocation(request, response, { head, record }, options);
  invocation.start();
  return invocation;
}

function assertAnswerable(
  request: IncomingMessage,
  path: string,
  { getModel, admission, maximumBodyBytes, hosting }: AnswerInvocationOptions,
): void {
  if (request.method !== 'POST') {
    throw new ServeError('METHOD_NOT_ALLOWED', `${path} does not answer ${request.method}: use POST`);
  }
  getModel();
  admission.assertRoom();
  if (isDeclaredTooLarge(request, maximumBodyBytes)) throw createTooLargeError(maximumBodyBytes, hosting);
}

/** One request from its head to its end: whatever comes first, reply, failure, deadline or departure, is the only answer. */
class Invocation implements Deadline, Waiter, Flushable {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #head: RequestHead;
  readonly #record: InvocationRecord | undefined;
  readonly #options: AnswerInvocationOptions;
  readonly #cancellation = new Cancellation();
  #body: BodyReceiver | undefined;
  endMs = 0;
  list: LinkedList<Deadline> | undefined;
  earlier: Deadline | undefined;
  later: Deadline | undefined;
  #hasEntered = false;
  #reply: WholeReply | undefined;
  #stream: WriteStream | undefined;
  #unreadBytes = 0;
  #isEnded = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    { head, record }: { readonly head: RequestHead; readonly record: InvocationRecord | undefined },
    options: AnswerInvocationOptions,
  ) {
    this.#request = request;
    this.#response = response;
    this.#head = record?.span === undefined ? head : continueTrace(head, record.span.carrier);
    this.#record = record;
    this.#options = options;
  }

  start(): void {
    const { admission, deadlines, maximumBodyBytes, hosting, spill } = this.#options;
    // Whoever is timed has looked at the clock.
    deadlines.add(this, this.#record?.startedMs ?? performance.now());
    const limits = { maximumBytes: maximumBodyBytes, hosting, admission, spill };
    this.#body = receiveBody(this.#request, limits, (error, body) => {
      if (error === undefined) this.#predict(body);
      else this.#fail(error);
    });
  }

  #predict(received: Uint8Array | StoredBody): void {
    const { getModel, admission, protocol } = this.#options;
    try {
      admission.enter();
      this.#hasEntered = true;
      const { requestId, contentType, accept, customAttributes, headers } = this.#head;
      const body = toInvocationBody(received);
      this.#record?.submit(this.#body?.countBytes() ?? 0);
      const invocation = { requestId, body, contentType, accept, customAttributes, headers };
      const reply = getModel().predict(protocol?.adaptRequest(invocation) ?? invocation, this.#cancellation);
      if (reply instanceof Promise) reply.then(this.#succeed, this.#fail);
      else this.#succeed(reply);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #succeed = (given: InvocationReply): void => {
    if (isStreamed(given)) {
      if (!this.#isEnded) void this.#writeStream(repeatAttributes(this.#head, given));
      return;
    }
    if (!this.#end()) return;
    this.#reply = repeatAttributes(this.#head, this.#options.protocol?.adaptReply(given) ?? given);
    writeSoon(this);
  };

  /** The invocation is under way until the last piece has been written. */
  async #writeStream(reply: StreamedReply): Promise<void> {
    const { deadlines, streamDeadlines, isClosing } = this.#options;
    deadlines.remove(this);
    streamDeadlines.add(this, performance.now());
    if (isClosing()) this.#response.setHeader('connection', 'close');
    this.#stream = this.#options.createStreamWriter?.(this.#response) ?? new StreamWriter(this.#response);
    try {
      const end = await this.#stream.write(reply);
      if (end !== undefined) this.#endStream(end);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What has begun and failed is cut off, which is all that can be said then. */
  #endStream({ failure, times }: StreamEnd): void {
    if (!this.#end()) return;
    if (failure !== undefined && !this.#response.headersSent)
      answerFailure({ ...failure, times }, this.#failed);
    else this.#recordStream(failure?.errorCode, times);
  }

  #recordStream(errorCode: string | undefined, times?: StreamEnd['times']): void {
    const { statusCode: status } = this.#response;
    if (errorCode !== undefined) cutReply(this.#response);
    this.#record?.endStream({ status, errorCode, times }, this.#stream?.bytes ?? 0);
  }

  flush(): void {
    try {
      writeReply(this.#response, this.#reply as WholeReply);
    } catch (error) {
      // As of an author's codec whose media type is no header.
      this.#reply = undefined;
      answerError(error, this.#failed);
    }
    this.#unreadBytes = this.#response.writableLength;
    this.#options.admission.occupy(this.#unreadBytes);
  }

  note(nowMs: number): void {
    if (this.#reply !== undefined) this.#record?.end(this.#reply, nowMs);
  }

  readonly #fail = (error: unknown): void => {
    if (this.#stream !== undefined && this.#response.headersSent) this.#failStream(error, this.#stream.bytes);
    else if (this.#end()) answerError(error, this.#failed);
  };

  #failStream(error: unknown, replyBytes: number): void {
    if (this.#end()) this.#recordStream(reportCut(error, replyBytes, this.#failed));
  }

  get #failed(): Failed {
    const [request, response, head] = [this.#request, this.#response, this.#head];
    return { request, response, head, record: this.#record, options: this.#options };
  }

  expire(reason?: ServeError): void {
    const progress = { isStreaming: this.#stream !== undefined, hasBody: this.#hasEntered };
    this.#giveUp(reason ?? createLateError(this.#options, progress));
  }

  /** Does nothing once there is an answer: then it is the ordinary end of the connection. */
  leave(reason?: ServeError): void {
    this.#options.admission.release(this.#unreadBytes);
    this.#unreadBytes = 0;
    if (this.#isEnded) return;
    const progress = { isStreaming: this.#stream !== undefined, hasBody: this.#hasEntered };
    this.#giveUp(reason ?? createLeftError(this.#body?.countBytes() ?? 0, progress));
  }

  #giveUp(reason: ServeError): void {
    this.#fail(reason);
    this.#cancellation.cancel(reason);
  }

  /** Gives back all that the request held, before its answer; true the first time. */
  #end(): boolean {
    if (this.#isEnded) return false;
    this.#isEnded = true;
    if (this.#stream === undefined) this.#options.deadlines.remove(this);
    else this.#options.streamDeadlines.remove(this);
    this.#body?.release();
    if (this.#hasEntered) this.#options.admission.leave();
    // The server may have begun to close since the request came.
    if (this.#options.isClosing() && !this.#response.headersSent)
      this.#response.setHeader('connection', 'close');
    return true;
  }
}

/** What the predictor sends on, and what it does itself, belongs to the same trace. */
function continueTrace(head: RequestHead, carrier: Readonly<Record<string, string>>): RequestHead {
  return { ...head, headers: { ...head.headers, ...carrier } };
}
