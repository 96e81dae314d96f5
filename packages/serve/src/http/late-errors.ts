/** The errors of invocations that nobody waits for any more. */

import { ServeError } from '../errors/errors.ts';

interface Times {
  /** For the whole reply, or the first item of a streamed one. */
  readonly timeoutMs: number;
  /** For a streamed reply that has begun. */
  readonly streamMs: number;
}

interface Progress {
  /** True once a streamed reply has begun; default false. */
  readonly isStreaming?: boolean | undefined;
  readonly hasBody: boolean;
}

/** Says which time is over, and how to have more of it. */
export function createLateError(
  { timeoutMs, streamMs }: Times,
  { isStreaming = false, hasBody }: Progress,
): ServeError {
  if (isStreaming) return createLongStreamError(streamMs);
  const [code, what, advice] = hasBody
    ? (['INVOCATION_TIMEOUT', 'the prediction took longer than', 'send fewer records at a time'] as const)
    : (['BODY_TOO_SLOW', 'the body did not arrive within', 'send it faster'] as const);
  const limit =
    'SAGEMAKER_MODEL_SERVER_TIMEOUT in the environment of a container, limits.invocationMs in code';
  return new ServeError(code, `${what} ${timeoutMs} ms: ${advice}, or raise the limit: ${limit}`);
}

function createLongStreamError(streamMs: number): ServeError {
  const limit = 'OPTML_STREAM_TIMEOUT_SECONDS in the environment of a container, limits.streamMs in code';
  const message = `the streamed reply took longer than ${streamMs} ms: ask for less at a time, or raise the limit: ${limit}`;
  return new ServeError('INVOCATION_TIMEOUT', message);
}

/** Says when the client left. */
export function createLeftError(bytes: number, { isStreaming = false, hasBody }: Progress): ServeError {
  if (!hasBody) return new ServeError('BODY_INCOMPLETE', `the body ended early, after ${bytes} bytes`);
  return new ServeError('CLIENT_LEFT', `the client left before the ${isStreaming ? 'end of the ' : ''}reply`);
}
