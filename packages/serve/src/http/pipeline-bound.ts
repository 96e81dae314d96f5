/** Bounds how many requests one connection may send before it has read an answer: each may cost the memory of its reply. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Clients hardly send any; proxies send none. */
const maximumWaiting = 8;

/** Creates the bound for all connections of a server. */
export function createPipelineBound() {
  const waiting = new WeakMap<Socket, number>();
  return {
    /** Takes a request whose answer waits behind others; false when the connection has been cut off instead. */
    enter({ socket }: IncomingMessage, response: ServerResponse): boolean {
      const count = waiting.get(socket) ?? 0;
      if (count >= maximumWaiting) {
        socket.destroy();
        return false;
      }
      waiting.set(socket, count + 1);
      response.once('finish', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
      return true;
    },
  };
}
