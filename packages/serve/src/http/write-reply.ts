/** Writes a reply to the connection. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WholeReply } from '../invocation/invocation.ts';

/** How long a client may go on sending a body that is refused. */
const lingerMs = 2_000;
/** How long a client may take no byte of a reply before it is cut off. */
export const unreadTimeoutMs = 30_000;

/** Writes a whole reply and ends the response; does nothing once there is nobody to write to. */
export function writeReply(response: ServerResponse, reply: WholeReply): void {
  if (response.headersSent || response.destroyed) return;
  writeHead(response, reply);
  response.end(reply.body);
  // What the kernel has not taken at once waits for the client, which may never read.
  if (response.writableLength > 0) cutOffUnread(response);
}

/**
 * Writes a reply to a client that may still be sending what nobody reads. Then the connection is of no use for a next
 * request, and is closed. Closed at once, it would be reset, and the client might lose the reply: so what still comes is
 * thrown away for a moment.
 */
export function writeEarlyReply(request: IncomingMessage, response: ServerResponse, reply: WholeReply): void {
  if (request.complete) {
    writeReply(response, reply);
    return;
  }
  if (response.headersSent || response.destroyed) return;
  response.setHeader('connection', 'close');
  writeHead(response, reply);
  response.write(reply.body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once('end', end).once('close', end).resume();
}

function writeHead(response: ServerResponse, { status, headers, body }: WholeReply): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  // A reply without content has no length either. Source: RFC 9110, 8.6.
  const list: (string | number)[] = status === 204 ? [] : ['content-length', length];
  for (const name in headers) list.push(name, headers[name] as string);
  response.writeHead(status, list as string[]);
}

export function cutOffUnread(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) return;
  const cutOff = () => socket.destroy();
  // Counts from the last byte that the client took.
  socket.setTimeout(unreadTimeoutMs, cutOff);
  response.once('finish', () => socket.off('timeout', cutOff));
}
