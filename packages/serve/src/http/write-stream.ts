/** Writes a reply that comes in pieces, each at once, and no faster than the client takes them. */

import type { ServerResponse } from 'node:http';
import type { StreamEnd, StreamedReply } from '../invocation/invocation.ts';
import { unreadTimeoutMs } from './write-reply.ts';

/** What was written is to leave before a connection is cut off; a client that does not read it has this long. */
const lastBytesMs = 1_000;

/** Writes one streamed reply. */
export interface WriteStream {
  /** The bytes of all pieces so far. */
  readonly bytes: number;
  /**
   * Writes until the reply or its connection ends, and gives how it ended: `undefined` when the connection did. A reply
   * that failed has no end on the wire. Rejects with what the pieces throw.
   */
  write(reply: StreamedReply): Promise<StreamEnd | undefined>;
}

/** Writes each piece at once. */
export class StreamWriter implements WriteStream {
  bytes = 0;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  async write({ status, headers, body }: StreamedReply): Promise<StreamEnd | undefined> {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return undefined;
    response.writeHead(status, headers);
    for (;;) {
      const piece = await body.next();
      if (response.destroyed) return undefined;
      if (piece.done === true) {
        if (piece.value.failure === undefined) response.end();
        return piece.value;
      }
      this.bytes += typeof piece.value === 'string' ? Buffer.byteLength(piece.value) : piece.value.byteLength;
      if (!response.write(piece.value)) await waitUntilRead(response);
    }
  }
}

/** Ends the connection so that the client sees that the reply is not whole. */
export function cutReply(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) {
    response.destroy();
    return;
  }
  // What closing the connection ends would seem to be whole: always under HTTP/1.0, and to the `fetch` of Node and others
  // where the reply has said that the connection closes.
  if (response.chunkedEncoding && response.shouldKeepAlive) socket.destroySoon();
  else socket.write('', () => socket.resetAndDestroy());
  setTimeout(() => socket.destroy(), lastBytesMs).unref();
}

/** Cuts off a client that takes no byte for too long. */
async function waitUntilRead(response: ServerResponse): Promise<void> {
  const { socket } = response;
  const cutOff = () => socket?.destroy();
  socket?.setTimeout(unreadTimeoutMs, cutOff);
  await waitForRoom(response);
  socket?.off('timeout', cutOff).setTimeout(0);
}

/** Resolves when the client has taken what was written, or has left. */
export async function waitForRoom(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('drain', resolve).once('close', resolve);
  await promise;
  response.off('drain', resolve).off('close', resolve);
}
