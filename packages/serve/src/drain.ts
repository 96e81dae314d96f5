/** Ends a server without losing a request that it accepted. */

import type { Server, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ServeError } from './errors.ts';
import type { ServedModel } from './served-model.ts';

export interface DrainOptions {
  readonly server: Server;
  /** Responses that have not been ended. */
  readonly active: ReadonlySet<ServerResponse>;
  readonly model: ServedModel;
  /** How long connections are still accepted: traffic need not stop before SIGTERM. */
  readonly graceMs: number;
  /** From the beginning to cutting off what is in flight. */
  readonly timeoutMs: number;
}

/** Drains and unloads; never rejects. */
export async function drain({ server, active, model, graceMs, timeoutMs }: DrainOptions): Promise<void> {
  model.lifecycle.startDraining(new ServeError('SERVER_CLOSED', 'the server was closed before it was ready'));
  for (const response of active) {
    if (!response.headersSent) response.setHeader('connection', 'close');
  }
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await wait(Math.min(graceMs, timeoutMs));
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  while (active.size > 0) await Promise.all(Array.from(active, waitForEnd));
  // What is left are connections without a request, which Node would wait for if they never had one.
  server.closeAllConnections();
  await closed;
  clearTimeout(deadline);
  await model.unload();
  model.lifecycle.markStopped();
}

function waitForEnd(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
  });
}
