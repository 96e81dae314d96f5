/** The WebSocket connections of a server that are open. */

import type { ServeError } from '../errors/errors.ts';

export interface OpenConnection {
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
