/** What a connection is closed with. Source: RFC 6455, 7.4, and the registry of WebSocket close codes. */

import { statusOf } from '../errors/errors.ts';

/** The predictor had no more to say. */
export const normalCode = 1000;
/** What a client is said to have sent that has left without a word; never on the wire. */
export const abnormalCode = 1006;

/** Gives the close code of an error. */
export function chooseCloseCode(errorCode: string): number {
  const status = statusOf(errorCode);
  if (errorCode === 'WEBSOCKET_INVALID') return 1002;
  // The server goes, or the connection's time is over: another connection would do.
  if (errorCode === 'SERVER_CLOSED' || status === 504) return 1001;
  if (status === 413) return 1009;
  if (status === 503) return 1013;
  if (status === 408) return 1008;
  return status < 500 ? 1007 : 1011;
}

/** The most that a close frame has room for, beside its code. */
const maximumReasonBytes = 123;

const ellipsis = '…';

/** Writes the reason of a close frame: the code of the error and what it says; what there is no room for is cut off. */
export function writeCloseReason({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): string {
  const reason = `${code}: ${message}`;
  const bytes = new TextEncoder().encode(reason);
  if (bytes.byteLength <= maximumReasonBytes) return reason;
  const start = bytes.subarray(0, maximumReasonBytes - Buffer.byteLength(ellipsis));
  // A character that is cut in two is left out.
  return `${new TextDecoder().decode(start, { stream: true })}${ellipsis}`;
}
