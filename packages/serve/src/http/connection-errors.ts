/** Why connections are closed, and how to have more of what they ran out of. */

import { ServeError } from '../errors/errors.ts';

/** The most fragments of a message, less one: each of them takes memory, however small it is. */
export const maximumFragments = 16_384;

/** Says that a client has left while its connection was being opened. */
export function createEarlyLeaveError(): ServeError {
  return new ServeError('CLIENT_LEFT', 'the client left before the connection was open');
}

export function createLongError(connectionMs: number): ServeError {
  const limit =
    'OPTML_CONNECTION_TIMEOUT_SECONDS in the environment of a container, limits.connectionMs in code';
  const message = `the connection was open for ${connectionMs} ms: open another one, or raise the limit: ${limit}`;
  return new ServeError('INVOCATION_TIMEOUT', message);
}

export function createLargeError(messageBytes: number): ServeError {
  const limit = 'MAX_CONTENT_LENGTH in the environment of a container, limits.bodyBytes in code';
  const message = `the message is larger than ${messageBytes} bytes, or has ${maximumFragments} fragments: send it in several, or raise the limit: ${limit}`;
  return new ServeError('BODY_TOO_LARGE', message);
}

export function createSlowError(messageMs: number): ServeError {
  const limit =
    'SAGEMAKER_MODEL_SERVER_TIMEOUT in the environment of a container, limits.invocationMs in code';
  const message = `the message did not arrive within ${messageMs} ms: send its last fragment sooner, or raise the limit: ${limit}`;
  return new ServeError('BODY_TOO_SLOW', message);
}
