/** Holds the states of the sessions that live in one worker, and gives the requests of each their turns. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Log, withFields } from '@optml/contract/log';
import { describeInFull, describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import {
  type InvocationReply,
  type InvocationRequest,
  measureBody,
  type WholeReply,
} from '../invocation/invocation.ts';
import type { SessionUse } from '../invocation/session-use.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import type { Invoke, Ticket } from './prediction.ts';
import { toPredictorError } from './prepare-invocation.ts';
import type { Session, SessionOptions } from './session-options.ts';
import { openSource, type Stream } from './stream-source.ts';

interface Held {
  session: Session | undefined;
  /** Settles when all that came so far have had their turns; `undefined` once they have. */
  last: Promise<void> | undefined;
}

interface Call {
  readonly ticket: Ticket;
  /** Answers a request as one without a session. */
  readonly invoke: Invoke;
}

/** A request that opened or closed a session, and asked for nothing else. */
const doneReply: WholeReply = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{}',
};

export class SessionStore {
  readonly #predictor: LoadedPredictor;
  readonly #options: SessionOptions;
  readonly #log: Log;
  readonly #held = new Map<string, Held>();

  constructor(predictor: LoadedPredictor, options: SessionOptions, log: Log) {
    this.#predictor = predictor;
    this.#options = options;
    this.#log = log;
  }

  /**
   * Answers one request of a session after those that came before it have ended; `undefined` when nobody waits.
   *
   * @throws ServeError `SESSION_NOT_FOUND`, `SESSION_REQUEST_INVALID`, `PREDICTOR_FAILED`
   */
  async answer(
    request: InvocationRequest,
    { id, action }: SessionUse,
    call: Call,
  ): Promise<InvocationReply | undefined> {
    if (call.ticket.cancellation.reason !== undefined || !call.ticket.begin()) return undefined;
    if (action === 'close') {
      await this.#close(id);
      return doneReply;
    }
    if (action === 'open') this.#held.set(id, { session: undefined, last: undefined });
    const held = this.#held.get(id);
    if (held === undefined) throw createUnknownError(id);
    const turn = takeTurn(held);
    let isKept = false;
    try {
      if (!(await waitForTurn(turn.before, call.ticket))) return undefined;
      if (action === 'open') return await this.#open(request, held, { id, ...call });
      const { session } = held;
      if (session === undefined) throw createUnknownError(id);
      const keep = (stream: Stream) => {
        isKept = true;
        return endWith(stream, turn.end);
      };
      return await call.invoke(request, { ...call.ticket, begin: always, turn: { session, keep } });
    } finally {
      if (!isKept) turn.end();
    }
  }

  /** Closes all that are left; never rejects. */
  async closeAll(): Promise<void> {
    await Promise.all(Array.from(this.#held.keys(), (id) => this.#close(id)));
  }

  async #open(
    request: InvocationRequest,
    held: Held,
    { id, ticket, invoke }: Call & { readonly id: string },
  ): Promise<InvocationReply | undefined> {
    const isAlone = measureBody(request.body) === 0;
    try {
      if (!isAlone && this.#predictor.isGenerator) throw createStreamError();
      const session = { id, state: await this.#makeState(request, id, ticket) };
      held.session = session;
      if (isAlone) return doneReply;
      const reply = await invoke(request, {
        ...ticket,
        begin: always,
        turn: { session, keep: refuseStream },
      });
      // Its id is never told, so nobody can use it.
      if (reply?.errorCode !== undefined) void this.#close(id);
      return reply;
    } catch (error) {
      void this.#close(id);
      throw error;
    }
  }

  async #makeState(
    { requestId, customAttributes, headers }: InvocationRequest,
    id: string,
    { cancellation }: Ticket,
  ): Promise<unknown> {
    try {
      return await this.#options.open({
        sessionId: id,
        model: this.#predictor.model,
        request: { requestId, customAttributes, headers },
        get signal() {
          return cancellation.signal;
        },
        log: withFields(this.#log, { requestId }),
      });
    } catch (cause) {
      throw toPredictorError(cause, 'opening the session failed');
    }
  }

  /** Lets go of a session once its requests have ended; never rejects. */
  async #close(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    await held.last;
    if (held.session === undefined) return;
    try {
      await this.#options.close?.(held.session, { model: this.#predictor.model, log: this.#log });
    } catch (error) {
      // Nobody can use the id any more: it may stand in the log.
      const facts = { sessionId: id, reason: describeThrown(error), stack: describeInFull(error) };
      this.#log.error('closing a session failed', facts);
    }
  }
}

/** Puts a request behind those of its session that came before. */
function takeTurn(held: Held) {
  const before = held.last;
  const { promise, resolve } = Promise.withResolvers<void>();
  const last = before === undefined ? promise : before.then(() => promise);
  held.last = last;
  // Only after the reply has been handed over: what comes next may be the worker's last.
  const end = () =>
    void setImmediate(() => {
      resolve();
      if (held.last === last) held.last = undefined;
    });
  return { before, end };
}

/** While it waits, it may be taken away; false when it was, or nobody waits for it any more. */
async function waitForTurn(before: Promise<void> | undefined, ticket: Ticket): Promise<boolean> {
  if (before === undefined) return true;
  ticket.park();
  await before;
  // The reply before leaves in this turn.
  await nextTurn();
  return ticket.cancellation.reason === undefined && ticket.begin();
}

/** The end of a stream is that of its source, which a client that leaves only asks to end. */
function endWith(stream: Stream, end: () => void): Stream {
  const open = () => {
    try {
      return openSource(stream);
    } catch (error) {
      end();
      throw error;
    }
  };
  return {
    [Symbol.asyncIterator]() {
      const source = open();
      return {
        async next() {
          try {
            const result = await source.next();
            if (result.done === true) end();
            return result;
          } catch (error) {
            end();
            throw error;
          }
        },
        async return() {
          try {
            await source.return?.();
          } finally {
            end();
          }
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function refuseStream(): never {
  throw createStreamError();
}

function createStreamError(): ServeError {
  const message =
    'the request opens a session, and its reply would be streamed: send {"requestType": "NEW_SESSION"} alone first';
  return new ServeError('SESSION_REQUEST_INVALID', message);
}

function createUnknownError(id: string): ServeError {
  return new ServeError('SESSION_NOT_FOUND', `the session ${quoteName(id)} is not open`);
}

function always(): boolean {
  return true;
}
