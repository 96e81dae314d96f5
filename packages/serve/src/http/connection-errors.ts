/** Why connections are closed, and how to have more of what they ran out of: sentences that fit in a close frame. */

import { isKnownError, ServeError, type ServeErrorCode } from '../errors/errors.ts';

/** The most fragments of a message, less one: each of them takes memory, however small it is. */
export const maximumFragments = 16_384;

/** Says that a client has left while its connection was being opened. */
export function createEarlyLeaveError(): ServeError {
  return new ServeError('CLIENT_LEFT', 'the client left before the connection was open');
}

export function createLongError(connectionMs: number): ServeError {
  const message = `the connection was open for ${connectionMs} ms: open another, or raise OPTML_CONNECTION_TIMEOUT_SECONDS`;
  return new ServeError('INVOCATION_TIMEOUT', message);
}

export function createLargeError(messageBytes: number): ServeError {
  const message = `the message is larger than ${messageBytes} bytes: send it in several, or raise MAX_CONTENT_LENGTH`;
  return new ServeError('BODY_TOO_LARGE', message);
}

export function createFragmentsError(): ServeError {
  const message = `the message has ${maximumFragments} fragments: send it in fewer`;
  return new ServeError('BODY_TOO_LARGE', message);
}

export function createSlowError(messageMs: number): ServeError {
  const message = `the message took longer than ${messageMs} ms: send it faster, or raise SAGEMAKER_MODEL_SERVER_TIMEOUT`;
  return new ServeError('BODY_TOO_SLOW', message);
}

/** Says what `ws` found wrong with a frame. */
export function createProtocolError({ message }: Error): ServeError {
  const fault = message.replace('Invalid WebSocket frame: ', '');
  return new ServeError('WEBSOCKET_INVALID', `the client sent a frame that is not valid: ${fault}`);
}

/** Tells a client that what runs the predictor is lost; how is in the log. */
export function createLostError(cause: unknown): ServeError {
  const code = isKnownError(cause) ? (cause.code as ServeErrorCode) : 'INTERNAL';
  const message = 'the worker that runs the predictor ended unexpectedly: open another connection';
  return new ServeError(code, message, { cause });
}
