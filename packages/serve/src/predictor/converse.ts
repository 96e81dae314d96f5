/** The predictor's side of a conversation: hands the client's messages to the author's generator, and makes messages of what it yields. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { CodecError, octetStreamCodec } from '@optml/codecs';
import { stringifyJson } from '@optml/codecs/text';
import { type Log, withFields } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import type { ConversationEnd, ConversationStart, Fragment, Message } from '../invocation/conversation.ts';
import type { RequestHead } from '../invocation/invocation.ts';
import { PieceQueue } from '../invocation/piece-queue.ts';
import type { RunInTrace } from '../observability/load-trace-api.ts';
import type { BidirectionalContext } from './define-predictor.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import { toPredictorError } from './prepare-invocation.ts';
import { endSource, take } from './stream-prediction.ts';
import { isStream, openSource } from './stream-source.ts';

interface ConverseSurroundings {
  readonly runInTrace: RunInTrace | undefined;
  readonly log: Log;
}

export type Converse = (start: ConversationStart) => PredictorSide;

/** Creates the function that begins a conversation with a predictor. */
export function createConverse(predictor: LoadedPredictor, surroundings: ConverseSurroundings): Converse {
  return (start) => new PredictorSide(predictor, start, surroundings);
}

/** One conversation with the author's generator. */
export class PredictorSide {
  /** What it says. Never throws: what goes wrong is in the log, and in the end. */
  readonly fragments: AsyncGenerator<Fragment, ConversationEnd>;
  readonly #predictor: LoadedPredictor;
  readonly #request: RequestHead;
  /** What the client says. */
  readonly #messages: PieceQueue<Message, void>;
  /** Whose signal is the author's. */
  readonly #cancellation = new Cancellation();
  readonly #runInTrace: RunInTrace | undefined;
  readonly #log: Log;
  /** The author's generator, and the one of the message that is being sent in fragments. */
  readonly #sources = new Set<AsyncIterator<unknown>>();
  #isLeft = false;
  #isSilent = false;

  constructor(
    predictor: LoadedPredictor,
    { request, onTaken }: ConversationStart,
    { runInTrace, log }: ConverseSurroundings,
  ) {
    this.#predictor = predictor;
    this.#request = request;
    this.#messages = new PieceQueue<Message, void>(onTaken);
    this.#runInTrace = runInTrace;
    this.#log = withFields(log, { requestId: request.requestId });
    this.fragments = this.#speak();
  }

  /** True while the predictor has taken all messages and waits for another. */
  get isWaiting(): boolean {
    return this.#messages.isWaitedFor;
  }

  receive(message: Message): void {
    this.#messages.add(message);
  }

  /** Ends the client's messages because nobody says anything. */
  endSilence(): void {
    this.#isSilent = true;
    this.#messages.end();
  }

  warn(reason: ServeError): void {
    this.#cancellation.cancel(reason);
    this.#messages.end();
  }

  /** Nobody listens any more: the generator is told to return, and its `finally` blocks run. */
  leave(reason: ServeError): void {
    this.warn(reason);
    this.#endSources();
  }

  #endSources(): void {
    this.#isLeft = true;
    for (const source of this.#sources) void endSource(source, 'predictBidirectional', this.#log);
  }

  async *#speak(): AsyncGenerator<Fragment, ConversationEnd> {
    try {
      const source = await this.#open();
      for (let index = 0; ; index += 1) {
        // In between, the thread does whatever else there is to do.
        if (index > 0) await nextTurn();
        const { done, value } = await this.#take(source);
        if (done === true) return { isOfSilence: this.#isSilent };
        if (isStream(value)) yield* this.#speakInFragments(openSource(value), index);
        else yield { data: toMessage(value, index), isLast: true };
      }
    } catch (thrown) {
      this.#endSources();
      const error = toPredictorError(thrown);
      reportFailure(error, this.#log, this.#cancellation.reason !== undefined);
      return { error: { code: error.code, message: error.message } };
    }
  }

  async #open(): Promise<AsyncIterator<unknown>> {
    const { definition, model } = this.#predictor;
    const facts = { request: this.#request, cancellation: this.#cancellation, log: this.#log };
    const context = new ConversationContext(model, facts);
    const begin = () => definition.predictBidirectional?.(takeInTurn(this.#messages), context);
    const stream: unknown = await (this.#runInTrace === undefined
      ? begin()
      : this.#runInTrace(this.#request.headers, begin));
    if (isStream(stream)) return this.#follow(openSource(stream));
    const message =
      'predictBidirectional did not return an async iterable: write async *predictBidirectional(messages)';
    throw new ServeError('PREDICTOR_FAILED', message);
  }

  #follow(source: AsyncIterator<unknown>): AsyncIterator<unknown> {
    this.#sources.add(source);
    if (this.#isLeft) void endSource(source, 'predictBidirectional', this.#log);
    return source;
  }

  #take(source: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
    const { headers } = this.#request;
    const runInTrace = this.#runInTrace;
    return take(() => (runInTrace === undefined ? source.next() : runInTrace(headers, () => source.next())));
  }

  /** The last fragment is empty: when a part comes, nobody knows whether it is the last. */
  async *#speakInFragments(parts: AsyncIterator<unknown>, index: number): AsyncGenerator<Fragment> {
    this.#follow(parts);
    let first: Message | undefined;
    for (;;) {
      const { done, value } = await this.#take(parts);
      if (done === true) break;
      yield { data: toPart(value, first, index), isLast: false };
      first ??= value as Message;
      await nextTurn();
    }
    this.#sources.delete(parts);
    yield { data: typeof first === 'object' ? new Uint8Array() : '', isLast: true };
  }
}

/** The client's messages as the author gets them: taken one after the other, also where two are asked for at once. */
function takeInTurn(messages: AsyncIterator<Message, void>): AsyncIterable<Message> {
  let turn: Promise<unknown> = Promise.resolve();
  const next = () => {
    const result = turn.then(() => messages.next());
    turn = result;
    return result;
  };
  // Leaving a loop early ends nothing: another one goes on where it stopped.
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

function toMessage(value: unknown, index: number): Message {
  if (typeof value === 'string') return value;
  try {
    // The author may use the array again.
    if (value instanceof Uint8Array) return new Uint8Array(octetStreamCodec.encode(value));
    return stringifyJson(value);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    const message = `message ${index} (from zero): ${cause.message}`;
    throw new ServeError('PREDICTION_UNENCODABLE', message, { cause });
  }
}

/** All parts of a message are of the type that its first frame says. */
function toPart(value: unknown, first: Message | undefined, index: number): Message {
  if (typeof value === 'string' && typeof first !== 'object') return value;
  if (value instanceof Uint8Array && typeof first !== 'string') return new Uint8Array(value);
  const expected = first === undefined ? 'text or a Uint8Array' : 'text alone or Uint8Array alone';
  const message = `a part of message ${index} (from zero) cannot be sent: yield ${expected}`;
  throw new ServeError('PREDICTION_UNENCODABLE', message);
}

/** What the author gets beside the messages; the signal is made when it is first asked for. */
class ConversationContext implements BidirectionalContext<unknown> {
  readonly model: unknown;
  readonly request: BidirectionalContext<unknown>['request'];
  readonly log: Log;
  readonly #cancellation: Cancellation;

  constructor(
    model: unknown,
    facts: { readonly request: RequestHead; readonly cancellation: Cancellation; readonly log: Log },
  ) {
    const { requestId, customAttributes, headers } = facts.request;
    this.model = model;
    this.request = { requestId, customAttributes, headers };
    this.log = facts.log;
    this.#cancellation = facts.cancellation;
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }
}
