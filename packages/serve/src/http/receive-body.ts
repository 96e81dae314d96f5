/** Receives the body of a request, never more of it than allowed. */

import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { type HostingMode, requestLimits } from '@optml/contract/limits';
import { isForm } from '../bodies/form-type.ts';
import { ServeError } from '../errors/errors.ts';
import type { InvocationBody, StoredBody } from '../invocation/invocation.ts';
import type { Admission } from './admission.ts';
import { type BodyStore, createBodyStore, type SpillOptions } from './store-body.ts';

export interface ReceiveBodyOptions {
  readonly maximumBytes: number;
  readonly admission: Admission;
  readonly spill?: SpillOptions | undefined;
  /** Decides what is advised for a body that is too large. */
  readonly hosting?: HostingMode | undefined;
}

/** Where a body arrives. */
export interface BodyReceiver {
  /** The bytes that have arrived so far. */
  countBytes(): number;
  /** Lets go of the memory and the file; what still comes is thrown away. */
  release(): void;
}

/** What came of it: a body, or the ServeError `BODY_TOO_LARGE`, `BODY_NOT_STORED` or `QUEUE_FULL`. */
type Done = (error: unknown, body: Uint8Array | StoredBody) => void;

const empty = new Uint8Array();

/**
 * Receives a whole body and calls `done` at most once, never before it has returned. A connection that breaks
 * half-way is not told here: the response closes then.
 */
export function receiveBody(request: IncomingMessage, options: ReceiveBodyOptions, done: Done): BodyReceiver {
  const { maximumBytes, admission, spill, hosting } = options;
  let chunks: Uint8Array[] = [];
  let heldBytes = 0;
  let bytes = 0;
  let store: BodyStore | undefined;
  let isDone = false;
  const settle = (error: unknown, body: Uint8Array | StoredBody = empty) => {
    if (isDone) return;
    isDone = true;
    done(error, body);
  };
  const moveToDisk = (directory: SpillOptions) => {
    store = createBodyStore(
      directory,
      { source: request, isForm: isForm(request.headers['content-type']) },
      settle,
    );
    for (const held of chunks) store.write(held);
    admission.release(heldBytes);
    heldBytes = 0;
    chunks = [];
    return store;
  };
  request.on('data', (chunk: Uint8Array) => {
    if (isDone) return;
    bytes += chunk.byteLength;
    if (bytes > maximumBytes) return settle(createTooLargeError(maximumBytes, hosting));
    if (spill !== undefined && bytes > spill.aboveBytes) return (store ?? moveToDisk(spill)).write(chunk);
    const refusal = admission.hold(chunk.byteLength);
    if (refusal !== undefined) return settle(refusal);
    heldBytes += chunk.byteLength;
    chunks.push(chunk);
  });
  request.on('end', () => {
    if (store === undefined || isDone) settle(undefined, isDone ? empty : join(chunks, bytes));
    else store.end().then((stored) => settle(undefined, stored), settle);
  });
  return {
    countBytes: () => bytes,
    release() {
      isDone = true;
      admission.release(heldBytes);
      heldBytes = 0;
      chunks = [];
      store?.remove();
    },
  };
}

/** True when the client says itself that it sends more than allowed. */
export function isDeclaredTooLarge(request: IncomingMessage, maximumBytes: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > maximumBytes;
}

export function createTooLargeError(maximumBytes: number, hosting: HostingMode = 'real-time'): ServeError {
  const message = `the body is larger than ${maximumBytes} bytes: send fewer records at a time${adviseLimit(maximumBytes, hosting)}`;
  return new ServeError('BODY_TOO_LARGE', message);
}

/** A higher limit helps where the platform sends more. */
function adviseLimit(maximumBytes: number, hosting: HostingMode): string {
  const { bodyBytes } = requestLimits[hosting];
  const advice =
    ', or raise the limit: MAX_CONTENT_LENGTH in the environment of a container, limits.bodyBytes in code';
  if (hosting === 'serverless') {
    const most = `a serverless endpoint takes ${bodyBytes} at most`;
    return maximumBytes < bodyBytes ? `${advice}; ${most}` : `: ${most}`;
  }
  if (hosting !== 'real-time' || maximumBytes !== bodyBytes) return advice;
  return `${advice}; for asynchronous inference, which sends larger ones, set OPTML_HOSTING=asynchronous, hosting in code`;
}

/** One chunk, the commonest case, is taken as it is: nobody writes into what Node has read. */
function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const body = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

/** Larger bodies are not worth a look at every byte. */
const maximumTextBytes = 16 * 1024;

/** Text is the cheapest to send to another thread, and to decode. */
export function toInvocationBody(body: Uint8Array | StoredBody): InvocationBody {
  if (!Buffer.isBuffer(body) || body.length > maximumTextBytes || !isAscii(body)) return body;
  return body.toString('latin1');
}
