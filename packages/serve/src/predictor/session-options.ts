/** What an author writes of sessions: the state that requests of one client share. */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import type { SessionTerms } from '../invocation/session-use.ts';
import type { InvocationRequestInfo } from './invocation-request-info.ts';
import type { Stream } from './stream-source.ts';

/** A session as `predict` sees it. */
export interface Session<State = unknown> {
  /** As clients name it, `X-Amzn-SageMaker-Session-Id`; anyone who knows it can use the session. */
  readonly id: string;
  /** What `open` returned, the same object for each request of the session. */
  readonly state: State;
}

/** A request's turn in its session. */
export interface SessionTurn {
  readonly session: Session;
  /**
   * Gives a stream whose end is that of the turn.
   *
   * @throws ServeError `SESSION_REQUEST_INVALID` where the request opens the session: a streamed reply cannot say its id.
   */
  keep(stream: Stream): Stream;
}

/** What `open` gets. */
export interface OpenSessionContext<Model = unknown> {
  /** The id that the client will get. */
  readonly sessionId: string;
  /** What `load` returned. */
  readonly model: Model;
  /** The request that opens the session; its headers tell the client's wishes. */
  readonly request: Pick<InvocationRequestInfo, 'requestId' | 'customAttributes' | 'headers'>;
  /** Aborts when the client has left or the time for the request is over. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What `close` gets beside the session. */
export interface CloseSessionContext<Model = unknown> {
  /** What `load` returned. */
  readonly model: Model;
  readonly log: Log;
}

/** Sessions of a predictor. Each lives in the worker that opened it, and its requests are predicted one after another. */
export interface SessionOptions<Model = unknown, State = unknown> {
  /** Makes the state of a new session. */
  open(context: OpenSessionContext<Model>): State | Promise<State>;
  /**
   * Releases the state: when the client closes the session, when it expires, and when the server drains; not when its
   * worker ends unexpectedly. Nothing else of the session runs then or later.
   */
  close?(session: Session<State>, context: CloseSessionContext<Model>): void | Promise<void>;
  /** How long a session lives from its opening on, used or not, in seconds; default 1,200, at most 604,800. */
  readonly expirySeconds?: number | undefined;
  /** The most sessions that are open at once, in all workers; default 1,000. */
  readonly maximumCount?: number | undefined;
}

export const longestExpirySeconds = 604_800;

/** Gives the terms with their defaults; those of the server's options count before the predictor's. */
export function resolveSessionTerms({
  expirySeconds = 1_200,
  maximumCount = 1_000,
}: Pick<SessionOptions, 'expirySeconds' | 'maximumCount'>): SessionTerms {
  return { expirySeconds, maximumCount };
}

/** Says what is wrong with the sessions of a definition; `undefined` when nothing is. */
export function findSessionsFault(sessions: unknown): string | undefined {
  if (sessions === undefined) return undefined;
  if (typeof sessions !== 'object' || sessions === null) return 'sessions is not an object';
  const { open, close, expirySeconds, maximumCount } = sessions as Readonly<Record<string, unknown>>;
  if (typeof open !== 'function') return 'sessions.open is not a function';
  if (close !== undefined && typeof close !== 'function') return 'sessions.close is not a function';
  return (
    findNumberFault('sessions.expirySeconds', expirySeconds, longestExpirySeconds) ??
    findNumberFault('sessions.maximumCount', maximumCount, Number.MAX_SAFE_INTEGER)
  );
}

function findNumberFault(name: string, value: unknown, most: number): string | undefined {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most))
    return undefined;
  return `${name} is ${JSON.stringify(value)}: expected a whole number from 1 to ${most}`;
}

/** Says that a request asks for a session, by its header or its body, of a predictor that has none. */
export function createDisabledError(how = 'has the header X-Amzn-SageMaker-Session-Id'): ServeError {
  const message = `the request ${how}, and this server has no sessions: leave it out, define sessions in the predictor, or do not set SAGEMAKER_ENABLE_STATEFUL_SESSIONS=false`;
  return new ServeError('SESSIONS_DISABLED', message);
}
