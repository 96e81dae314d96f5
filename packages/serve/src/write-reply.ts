/** Writes a reply to the connection. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InvocationReply } from './model-handle.ts';

/** How long a client may go on sending a body that is refused. */
const lingerMs = 2_000;

/** Writes a whole reply and ends the response; does nothing once there is nobody to write to. */
export function writeReply(response: ServerResponse, reply: InvocationReply): void {
  if (!writeHead(response, reply)) return;
  response.end(reply.body);
}

/**
 * Writes a reply to a client that is still sending what nobody reads, and closes the connection. Closed at
 * once, the connection would be reset, and the client might lose the reply: so what still comes is thrown
 * away for a moment.
 */
export function writeReplyAndClose(
  request: IncomingMessage,
  response: ServerResponse,
  reply: InvocationReply,
): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  if (!writeHead(response, reply)) return;
  response.write(reply.body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once('end', end).once('close', end).resume();
}

function writeHead(response: ServerResponse, { status, headers, body }: InvocationReply): boolean {
  if (response.headersSent || response.destroyed) return false;
  response.writeHead(status, { ...headers, 'content-length': body.byteLength });
  return true;
}
