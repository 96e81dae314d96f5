/** Ends a server without losing a request that it accepted. */

import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { ServeError } from '../errors/errors.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Connections } from './connections.ts';
import type { Deadlines } from './deadlines.ts';
import type { Intake } from './intake.ts';

export interface DrainTimes {
  /** How long connections are still accepted: traffic need not stop before SIGTERM. */
  readonly graceMs: number;
  /** From the beginning to giving up what is in flight. */
  readonly timeoutMs: number;
  /** From the beginning to giving up the replies that have begun and come in pieces. */
  readonly streamTimeoutMs: number;
  /** How long nobody may have said anything on a WebSocket connection for it to be closed before. */
  readonly silenceMs: number;
}

interface DrainContext extends DrainTimes {
  readonly server: Server;
  readonly model: ServedModel;
  readonly intake: Intake;
  readonly deadlines: Deadlines;
  readonly streamDeadlines: Deadlines;
  readonly connections: Connections;
}

/** What a connection that was accepted last has to send its request. */
const lingerMs = 500;

const lookMs = 5;
const enoughQuietLooks = 4;
/** Under a load that never pauses it has to end some time. */
const maximumLooks = 40;

/** What an answer at the deadline has to leave. */
const lastWordMs = 200;

/** Drains and unloads; never rejects. */
export async function drain(options: DrainContext): Promise<void> {
  const {
    server,
    intake,
    model,
    deadlines,
    streamDeadlines,
    connections,
    graceMs,
    timeoutMs,
    streamTimeoutMs,
    silenceMs,
  } = options;
  const timers: NodeJS.Timeout[] = [];
  const after = (delayMs: number, act: () => void) => void timers.push(setTimeout(act, delayMs));
  model.lifecycle.startDraining(new ServeError('SERVER_CLOSED', 'the server was closed before it was ready'));
  connections.closeSilent(silenceMs, new ServeError('SERVER_CLOSED', closingMessage));
  after(timeoutMs, () => {
    deadlines.expireAll(new ServeError('SERVER_CLOSED', createGivenUpMessage(timeoutMs)));
    connections.warnAll(new ServeError('SERVER_CLOSED', closingMessage));
    // What still has a connection has had its answer, or is a route of the author's.
    after(lastWordMs, () => {
      if (streamDeadlines.size === 0) server.closeAllConnections();
    });
  });
  after(streamTimeoutMs, () => {
    deadlines.expireAll(new ServeError('SERVER_CLOSED', createGivenUpMessage(streamTimeoutMs)));
    streamDeadlines.expireAll(new ServeError('SERVER_CLOSED', createCutMessage(streamTimeoutMs)));
    connections.closeAll(new ServeError('SERVER_CLOSED', closingMessage));
    after(lastWordMs, () => {
      server.closeAllConnections();
      connections.terminateAll();
    });
  });
  await wait(Math.min(graceMs, timeoutMs));
  const { closed } = await stopListening(options);
  await wait(Math.min(lingerMs, graceMs));
  server.closeIdleConnections();
  await intake.waitUntilEmpty();
  // What is left are connections without a request, which Node would wait for if they never had one.
  server.closeAllConnections();
  await closed;
  // Only now, for its own timers: it is closed already.
  server.close();
  for (const timer of timers) clearTimeout(timer);
  await model.unload();
  model.lifecycle.markStopped();
}

const closingMessage = 'the server is closing: open another connection, to another instance';

function createGivenUpMessage(timeoutMs: number): string {
  return `the server is closing, and the prediction took longer than ${timeoutMs} ms: send the request again, to another instance`;
}

function createCutMessage(streamTimeoutMs: number): string {
  return `the server is closing, and the streamed reply took longer than ${streamTimeoutMs} ms: send the request again, to another instance`;
}

/**
 * Stops to listen at a moment when nothing is on its way. A connection that the kernel has taken and this process has
 * not would be reset, with the request that it may carry already. So for a moment no request is begun: whoever waits
 * for a reply opens no new connection.
 */
async function stopListening({ server, intake }: DrainContext): Promise<{ readonly closed: Promise<void> }> {
  intake.hold();
  let quietLooks = 0;
  const note = () => {
    quietLooks = 0;
  };
  server.on('connection', note);
  for (let look = 0; look < maximumLooks && quietLooks < enoughQuietLooks; look += 1) {
    quietLooks += 1;
    await wait(lookMs);
  }
  server.off('connection', note);
  // After the event loop has accepted what came just now, and before anything else.
  await nextTurn();
  const closed = new Promise<void>((resolve) => {
    // Not the HTTP server's own, which also cuts off a connection whose first request is still on its way.
    NetServer.prototype.close.call(server, () => resolve());
  });
  intake.release();
  // In an object: an async function would wait for a promise.
  return { closed };
}
