/** The errors of invocations that nobody waits for any more. */

import { ServeError } from '../errors/errors.ts';

/** The whole reply, or the first item of a streamed one, is not there in time. */
export function createLateError(timeoutMs: number, hasBody: boolean): ServeError {
  const [code, what, advice] = hasBody
    ? (['INVOCATION_TIMEOUT', 'the prediction took longer than', 'send fewer records at a time'] as const)
    : (['BODY_TOO_SLOW', 'the body did not arrive within', 'send it faster'] as const);
  const limit =
    'SAGEMAKER_MODEL_SERVER_TIMEOUT in the environment of a container, limits.invocationMs in code';
  return new ServeError(code, `${what} ${timeoutMs} ms: ${advice}, or raise the limit: ${limit}`);
}

/** A streamed reply has begun in time and does not end in time. */
export function createLongStreamError(streamMs: number): ServeError {
  const limit = 'OPTML_STREAM_TIMEOUT_SECONDS in the environment of a container, limits.streamMs in code';
  const message = `the streamed reply took longer than ${streamMs} ms: ask for less at a time, or raise the limit: ${limit}`;
  return new ServeError('INVOCATION_TIMEOUT', message);
}

export function createLeftError(isStreaming: boolean): ServeError {
  return new ServeError('CLIENT_LEFT', `the client left before the ${isStreaming ? 'end of the ' : ''}reply`);
}
