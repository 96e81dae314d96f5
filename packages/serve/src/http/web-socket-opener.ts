/** Makes WebSocket connections of handshakes. */

import { WebSocket, WebSocketServer } from 'ws';

/** Creates what opens connections whose messages have at most so many bytes. */
export function createOpener(maximumBytes: number): WebSocketServer {
  return new WebSocketServer({
    WebSocket: ReasoningWebSocket,
    noServer: true,
    clientTracking: false,
    // Whether a text is UTF-8 is looked at by the connection, which can say so in the close frame.
    skipUTF8Validation: true,
    maxPayload: maximumBytes,
  });
}

/**
 * Leaves the close for a broken protocol to the listener of `error`, which comes next and has the reason: `ws` itself
 * closes with a code alone.
 */
class ReasoningWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined && reason === undefined && this.readyState === WebSocket.OPEN) return;
    super.close(code, reason);
  }
}
