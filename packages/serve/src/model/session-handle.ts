/** Adds sessions to a model: opens, finds, closes and expires them, wherever the worker that holds the state runs. */

import { randomUUID } from 'node:crypto';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import { type SessionTerms, type SessionUse, sessionHeader } from '../invocation/session-use.ts';
import { createDisabledError } from '../predictor/session-options.ts';
import type { ModelHandle } from './model-handle.ts';
import { asksForSession, newSession, readSessionRequest } from './read-session-request.ts';

/** A session from its opening to its end. */
interface OpenSession {
  readonly id: string;
  readonly timer: NodeJS.Timeout;
  /** How many of its requests have no answer. */
  pending: number;
}

/** So many requests of one session may wait at once: they are answered one after another, and others wait for their worker, too. */
const maximumPending = 32;

/** Gives a model whose requests may have sessions. The ids are random: anyone who knows one can use its session. */
export function addSessions(handle: ModelHandle, terms: SessionTerms): ModelHandle {
  const sessions = new Sessions(handle, terms);
  return {
    ...handle,
    countSessions: () => sessions.count(),
    predict(request, cancellation) {
      const wanted = readSessionRequest(request);
      if (wanted === undefined) return handle.predict(request, cancellation);
      if (wanted.action === 'open')
        return sessions.open(wanted.isAlone ? { ...request, body: '' } : request, cancellation);
      if (wanted.action === 'close') return sessions.close(wanted.id, request);
      return sessions.use(wanted.id, request, cancellation);
    },
    async unload() {
      sessions.forget();
      await handle.unload();
    },
  };
}

/** Gives a model whose sessions are turned off: what asks for one by its body is refused, as by its header. */
export function refuseSessions(handle: ModelHandle): ModelHandle {
  return {
    ...handle,
    predict(request, cancellation) {
      // The header is looked at where requests are answered.
      if (!request.headers[sessionHeader] && asksForSession(request.body))
        throw createDisabledError('has a body for sessions, {"requestType": ...}');
      return handle.predict(request, cancellation);
    },
  };
}

class Sessions {
  readonly #handle: ModelHandle;
  readonly #terms: SessionTerms;
  readonly #open = new Map<string, OpenSession>();
  /** How many are being opened. */
  #opening = 0;

  constructor(handle: ModelHandle, terms: SessionTerms) {
    this.#handle = handle;
    this.#terms = terms;
  }

  /** How many are open; those whose worker has ended are not. */
  count(): number {
    let count = 0;
    for (const id of this.#open.keys()) if (this.#handle.holdsSession(id)) count += 1;
    return count;
  }

  async open(request: InvocationRequest, cancellation: Cancellation): Promise<InvocationReply> {
    this.#makeRoom();
    const id = randomUUID();
    const inner = new Cancellation();
    const { promise: left, reject } = Promise.withResolvers<never>();
    cancellation.onCancel((reason) => {
      inner.cancel(reason);
      reject(reason);
    });
    this.#opening += 1;
    let reply: InvocationReply | undefined;
    try {
      // One that nobody waits for may never settle.
      reply = await Promise.race([this.#send(request, { id, action: 'open' }, inner), left]);
      if (reply.errorCode !== undefined) return reply;
      return withHeader(reply, 'new', `${id}; Expires=${this.#add(id)}`);
    } finally {
      this.#opening -= 1;
      // Its id is never told: what there may be of it goes.
      if (!this.#open.has(id)) this.#release(id);
    }
  }

  use(id: string, request: InvocationRequest, cancellation: Cancellation) {
    const session = this.#find(id);
    if (session.pending >= maximumPending) throw createBusyError(id);
    session.pending += 1;
    let isPending = true;
    const leave = () => {
      if (isPending) session.pending -= 1;
      isPending = false;
    };
    const inner = new Cancellation();
    cancellation.onCancel((reason) => {
      leave();
      inner.cancel(reason);
    });
    return this.#send(request, { id, action: 'use' }, inner).finally(leave);
  }

  /** Is done even when the client leaves before. */
  async close(id: string, request: InvocationRequest): Promise<InvocationReply> {
    this.#remove(this.#find(id));
    const reply = await this.#send({ ...request, body: '' }, { id, action: 'close' }, new Cancellation());
    return reply.errorCode === undefined ? withHeader(reply, 'closed', id) : reply;
  }

  /** Lets none of them expire any more: their workers are about to close them. */
  forget(): void {
    for (const session of this.#open.values()) this.#remove(session);
  }

  async #send(
    request: InvocationRequest,
    session: SessionUse,
    cancellation: Cancellation,
  ): Promise<InvocationReply> {
    return await this.#handle.predict({ ...request, session }, cancellation);
  }

  /** @throws ServeError `SESSION_NOT_FOUND` */
  #find(id: string): OpenSession {
    const session = this.#open.get(id);
    if (session !== undefined) return session;
    const reason =
      id.toUpperCase() === newSession
        ? `send ${newSession}, in capitals, for a new one`
        : 'it has expired, was closed, or was opened elsewhere: open another one';
    const message = `the session ${quoteName(id)} is not open here: ${reason}`;
    throw new ServeError('SESSION_NOT_FOUND', message);
  }

  /** Lets go of those whose worker has ended. @throws ServeError `SESSIONS_FULL` */
  #makeRoom(): void {
    const { maximumCount } = this.#terms;
    if (this.#open.size + this.#opening < maximumCount) return;
    for (const session of this.#open.values())
      if (!this.#handle.holdsSession(session.id)) this.#remove(session);
    if (this.#open.size + this.#opening < maximumCount) return;
    const message = `${maximumCount} sessions are open, and no more are allowed: close one, or raise sessions.maximumCount of the predictor`;
    throw new ServeError('SESSIONS_FULL', message);
  }

  /** Gives the time when it will have expired, cut to seconds: the platform takes no fractions. */
  #add(id: string): string {
    const lifetimeMs = this.#terms.expirySeconds * 1_000;
    const expire = () => {
      this.#open.delete(id);
      this.#release(id);
    };
    const timer = setTimeout(expire, lifetimeMs).unref();
    this.#open.set(id, { id, timer, pending: 0 });
    return new Date(Date.now() + lifetimeMs).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  #remove({ id, timer }: OpenSession): void {
    clearTimeout(timer);
    this.#open.delete(id);
  }

  /** Has the worker close a session, once its requests have ended. */
  #release(id: string): void {
    const request = { requestId: id, body: '', contentType: undefined, accept: undefined };
    const rest = { customAttributes: undefined, headers: {} };
    // A worker that has ended holds nothing any more.
    this.#send({ ...request, ...rest }, { id, action: 'close' }, new Cancellation()).catch(() => undefined);
  }
}

function withHeader(reply: InvocationReply, event: 'new' | 'closed', value: string): InvocationReply {
  return { ...reply, headers: { ...reply.headers, [`x-amzn-sagemaker-${event}-session-id`]: value } };
}

function createBusyError(id: string): ServeError {
  const message = `${maximumPending} requests of the session ${quoteName(id)} wait for their turn: send the next one when one of them has been answered`;
  return new ServeError('QUEUE_FULL', message);
}
