/** Reads what a request wants with a session: its header says which, or the body says to open or to close one. */

import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { type InvocationBody, type InvocationRequest, measureBody } from '../invocation/invocation.ts';
import { sessionHeader } from '../invocation/session-use.ts';

/** What a request wants: a new session, alone or to be predicted in, or one that is there. */
export type SessionRequest =
  | { readonly action: 'open'; readonly isAlone: boolean }
  | { readonly action: 'use' | 'close'; readonly id: string };

/** A body that says what to do with a session says nothing else, and is short. */
const maximumBytes = 256;

/** What a client sends for a new session, in the header or in the body. */
export const newSession = 'NEW_SESSION';

/**
 * Gives `undefined` for a request without a session.
 *
 * Source: "Stateful sessions with Amazon SageMaker AI models"; aws/model-hosting-container-standards has the bodies.
 *
 * @throws ServeError `SESSION_REQUEST_INVALID`
 */
export function readSessionRequest({ headers, body }: InvocationRequest): SessionRequest | undefined {
  const named = headers[sessionHeader] || undefined;
  const type = readRequestType(body);
  if (named === undefined && type === undefined) return undefined;
  if (named === undefined || named === newSession) {
    if (type === 'CLOSE')
      throw refuse(
        'asks to close a session and does not name it',
        'send its id in the header X-Amzn-SageMaker-Session-Id',
      );
    return { action: 'open', isAlone: type !== undefined || measureBody(body) === 0 };
  }
  if (type === newSession)
    throw refuse(
      `asks for a new session and names ${quoteName(named)}`,
      `send ${newSession} in the header X-Amzn-SageMaker-Session-Id`,
    );
  return { action: type === 'CLOSE' ? 'close' : 'use', id: named };
}

/** True for a body that only opens or closes a session. */
export function asksForSession(body: InvocationBody): boolean {
  return Object.keys(readSessionBody(body) ?? {}).length === 1;
}

/** Gives what `{"requestType": ...}` says; anything else is for the predictor. */
function readRequestType(body: InvocationBody): 'NEW_SESSION' | 'CLOSE' | undefined {
  const value = readSessionBody(body);
  if (value === undefined) return undefined;
  const { requestType: type } = value;
  if (Object.keys(value).length === 1) return type;
  throw refuse(`has other members beside "requestType": "${type}"`, 'send them in a request of their own');
}

interface SessionBody {
  readonly requestType: 'NEW_SESSION' | 'CLOSE';
}

function readSessionBody(body: InvocationBody): SessionBody | undefined {
  if (measureBody(body) > maximumBytes) return undefined;
  const text = typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString();
  if (!text.includes('"requestType"')) return undefined;
  const value = parse(text) as Partial<SessionBody> | undefined;
  const type = value?.requestType;
  return type === newSession || type === 'CLOSE' ? (value as SessionBody) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function refuse(what: string, advice: string): ServeError {
  return new ServeError('SESSION_REQUEST_INVALID', `the request ${what}: ${advice}`);
}
