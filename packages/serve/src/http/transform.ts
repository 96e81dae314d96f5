/**
 * Answers a body of records that is too large to be held: part by part through the model, in order, as batch transform and
 * asynchronous inference send it. Each part is an invocation of its own to the model, which does not notice.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertCount, createMixedError, createNotLinesError } from '../bodies/part-errors.ts';
import {
  countColumns,
  countRecords,
  findLineFormat,
  isAnsweredInLines,
  type RecordPart,
  RecordSplitter,
} from '../bodies/split-records.ts';
import { ServeError } from '../errors/errors.ts';
import type { BodyPart, LineFormat } from '../invocation/body-part.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import type { RequestHead, WholeReply } from '../invocation/invocation.ts';
import type { LinkedList } from '../invocation/linked-list.ts';
import { answerError, answerFailure, reportCut } from './answer-error.ts';
import type { StartTransform, TransformFacts, Waiter } from './answer-invocation.ts';
import type { Deadline } from './deadlines.ts';
import { createLateError, createLeftError } from './late-errors.ts';
import { predictPart } from './predict-part.ts';
import { repeatAttributes } from './read-request-head.ts';
import { createTooLargeError } from './receive-body.ts';
import { ReplySpool, type ReplySpoolOptions } from './reply-spool.ts';
import { cutOffUnread } from './write-reply.ts';
import { cutReply } from './write-stream.ts';

interface Sent {
  readonly part: BodyPart;
  readonly submittedMs: number;
  /** Rejects with an error that says which records it is about. */
  readonly reply: Promise<WholeReply>;
}

interface TransformOptions {
  /** The most bytes of a body. */
  readonly maximumBytes: number;
  /** Where replies wait, and how much of each. */
  readonly stored: ReplySpoolOptions;
  /** Bodies that say that they are larger are taken on too, where their answer may be in lines; left out for none. */
  readonly aboveBytes?: number | undefined;
  /** The type of replies where a request does not say which. */
  readonly defaultAccept?: string | undefined;
}

/** Takes on a body in a format that can be cut, of unknown length or a large one; `undefined` for any other. */
export function createTransforms(options: TransformOptions): StartTransform {
  const { maximumBytes, stored } = options;
  return (request, response, facts) => {
    const format = findLineFormat(facts.head.contentType);
    if (format === undefined || !isTakenOn(request, facts.head, options)) return undefined;
    const isGathered = options.aboveBytes !== undefined;
    const transform = new Transform(request, response, {
      ...facts,
      format,
      maximumBytes,
      stored,
      isGathered,
    });
    transform.start();
    return transform;
  };
}

function isTakenOn(
  { headers }: IncomingMessage,
  { contentType, accept }: RequestHead,
  { aboveBytes, defaultAccept = contentType }: TransformOptions,
): boolean {
  const isChunked = headers['transfer-encoding'] !== undefined;
  if (aboveBytes === undefined) return isChunked;
  if (!isChunked && Number(headers['content-length'] ?? 0) <= aboveBytes) return false;
  return isAnsweredInLines(accept, defaultAccept);
}

interface Facts extends TransformFacts {
  readonly format: LineFormat;
  readonly maximumBytes: number;
  readonly stored: ReplySpoolOptions;
  /** True where the reply is sent once its length is known, as an asynchronous endpoint wants it. */
  readonly isGathered: boolean;
}

/** One request from its head to its end. */
class Transform implements Deadline, Waiter {
  endMs = 0;
  list: LinkedList<Deadline> | undefined;
  earlier: Deadline | undefined;
  later: Deadline | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #facts: Facts;
  readonly #splitter: RecordSplitter;
  readonly #spool: ReplySpool;
  readonly #cancellations = new Set<Cancellation>();
  #sent: Sent[] = [];
  #bytes = 0;
  #columns: number | undefined;
  #replyType: string | undefined;
  #replyHead: WholeReply | undefined;
  #isReceived = false;
  #isAnswering = false;
  #hasEntered = false;
  #isEnded = false;

  constructor(request: IncomingMessage, response: ServerResponse, facts: Facts) {
    const { format, stored, isGathered } = facts;
    this.#request = request;
    this.#response = response;
    this.#facts = facts;
    this.#splitter = new RecordSplitter(format);
    this.#spool = new ReplySpool(response, { ...stored, isHeld: isGathered });
  }

  start(): void {
    const { deadlines, admission } = this.#facts.options;
    deadlines.add(this, performance.now());
    try {
      admission.enter();
      this.#hasEntered = true;
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#request.on('data', this.#receive);
    this.#request.once('end', this.#receiveEnd);
  }

  readonly #receive = (chunk: Buffer): void => {
    if (this.#isEnded) return;
    const { maximumBytes, options } = this.#facts;
    this.#bytes += chunk.length;
    try {
      if (this.#bytes > maximumBytes) throw createTooLargeError(maximumBytes, options.hosting);
      for (const part of this.#splitter.add(chunk)) this.#send(part);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #receiveEnd = (): void => {
    if (this.#isEnded) return;
    this.#isReceived = true;
    this.#facts.record?.submit(this.#bytes);
    try {
      this.#send(this.#splitter.finish());
    } catch (error) {
      this.#fail(error);
      return;
    }
    void this.#answer();
  };

  /**
   * No more parts are under way than keep all workers busy.
   *
   * @throws ServeError `MODEL_NOT_READY`
   */
  #send(cut: RecordPart | undefined): void {
    if (cut === undefined) return;
    const { head, options } = this.#facts;
    const model = options.getModel();
    const { body, ...place } = cut;
    if (place.format === 'csv') this.#columns ??= countColumns(body);
    const part = { ...place, csvColumns: this.#columns };
    const cancellation = new Cancellation();
    this.#cancellations.add(cancellation);
    const submittedMs = performance.now();
    const reply = predictPart(model, { ...head, body, part }, cancellation);
    reply.catch(() => undefined).finally(() => this.#cancellations.delete(cancellation));
    this.#sent.push({ part, submittedMs, reply });
    if (this.#sent.length > model.parallelism + 1) this.#request.pause();
    void this.#answer();
  }

  /** Answers in order whatever is there. */
  async #answer(): Promise<void> {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    try {
      for (let sent = this.#sent[0]; sent !== undefined && !this.#isEnded; sent = this.#sent[0]) {
        const reply = await sent.reply;
        if (this.#isEnded) return;
        this.#facts.record?.addPart(sent.submittedMs, reply.times);
        if (reply.errorCode !== undefined) return this.#failWith(reply, reply.errorCode);
        await this.#write(sent.part, reply);
        this.#sent.shift();
        this.#request.resume();
      }
      if (this.#isReceived && !this.#isEnded) await this.#finish();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isAnswering = false;
    }
  }

  async #write(part: BodyPart, reply: WholeReply): Promise<void> {
    // Blank lines are no records.
    if (reply.status === 204) return;
    const type = reply.headers['content-type'];
    const format = findLineFormat(type);
    if (format === undefined) throw createNotLinesError(type);
    this.#replyType ??= type;
    if (type !== this.#replyType) throw createMixedError(part, [this.#replyType, type]);
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
    assertCount(part, countRecords(body, format));
    this.#replyHead ??= reply;
    if (!this.#facts.isGathered && !this.#response.headersSent) this.#writeHead(reply);
    await this.#spool.write(body);
    const isOpen = body.length > 0 && body.at(-1) !== 10;
    if (isOpen) await this.#spool.write(Buffer.from('\n'));
  }

  #writeHead(reply: WholeReply): void {
    const { head, options, isGathered } = this.#facts;
    if (options.isClosing()) this.#response.setHeader('connection', 'close');
    const { status, headers } = repeatAttributes(head, reply);
    this.#response.writeHead(
      status,
      isGathered ? { ...headers, 'content-length': this.#spool.bytes } : headers,
    );
  }

  async #finish(): Promise<void> {
    if (this.#replyHead === undefined) this.#response.writeHead(204);
    else if (!this.#response.headersSent) this.#writeHead(this.#replyHead);
    // It has nothing left to do but to read.
    cutOffUnread(this.#response);
    await this.#spool.release();
    if (!this.#end()) return;
    this.#response.end();
    const status = this.#response.statusCode;
    this.#facts.record?.endStream({ status }, this.#spool.bytes);
  }

  expire(reason?: ServeError): void {
    this.#fail(reason ?? createLateError(this.#facts.options, { hasBody: this.#isReceived }));
  }

  leave(reason?: ServeError): void {
    const progress = { isStreaming: this.#response.headersSent, hasBody: this.#isReceived };
    this.#fail(reason ?? createLeftError(this.#bytes, progress));
  }

  /** Before the first byte it is an ordinary error; then the connection is cut. */
  #fail(error: unknown): void {
    if (!this.#end()) return;
    const [request, response] = [this.#request, this.#response];
    this.#cancelParts(error);
    if (response.headersSent) this.#cut(reportCut(error, this.#spool.bytes, this.#facts));
    else answerError(error, { request, response, ...this.#facts });
    request.resume();
  }

  /** The same of a part whose error is in the log by now. */
  #failWith(reply: WholeReply, errorCode: string): void {
    if (!this.#end()) return;
    this.#cancelParts(undefined);
    const [request, response] = [this.#request, this.#response];
    if (response.headersSent) this.#cut(errorCode);
    else answerFailure({ ...reply, times: undefined }, { request, response, ...this.#facts });
    request.resume();
  }

  #cancelParts(error: unknown): void {
    const reason = error instanceof ServeError ? error : new ServeError('INTERNAL', 'another part failed');
    for (const cancellation of this.#cancellations) cancellation.cancel(reason);
  }

  #cut(errorCode: string): void {
    cutReply(this.#response);
    this.#facts.record?.endStream({ status: this.#response.statusCode, errorCode }, this.#spool.bytes);
  }

  /** Gives back all that the request held; true the first time. */
  #end(): boolean {
    if (this.#isEnded) return false;
    this.#isEnded = true;
    this.#sent = [];
    this.#facts.options.deadlines.remove(this);
    if (this.#hasEntered) this.#facts.options.admission.leave();
    void this.#spool.close();
    return true;
  }
}
