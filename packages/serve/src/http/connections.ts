/** The WebSocket connections of a server that are open. */

import type { ServeError } from '../errors/errors.ts';

export interface OpenConnection {
  /** Closes it once neither side has said anything for so long, and the predictor waits for its client. */
  closeWhenSilent(silenceMs: number, reason: ServeError): void;
  /** Tells the predictor that it will be closed soon. */
  warn(reason: ServeError): void;
  /** Says goodbye. */
  close(reason: ServeError): void;
  /** Ends it without the client's word. */
  terminate(): void;
}

export type Connections = ReturnType<typeof createConnections>;

export function createConnections() {
  const open = new Set<OpenConnection>();
  return {
    add: (connection: OpenConnection) => void open.add(connection),
    remove: (connection: OpenConnection) => void open.delete(connection),
    closeSilent(silenceMs: number, reason: ServeError): void {
      for (const connection of open) connection.closeWhenSilent(silenceMs, reason);
    },
    warnAll(reason: ServeError): void {
      for (const connection of open) connection.warn(reason);
    },
    closeAll(reason: ServeError): void {
      for (const connection of open) connection.close(reason);
    },
    terminateAll(): void {
      for (const connection of open) connection.terminate();
    },
  };
}
