/** Opens the socket, keeps track of what is in flight, and drains. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import type { Duplex } from 'node:stream';
import type { Log } from '@optml/contract/log';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Waiter } from './answer-invocation.ts';
import type { LatestRequest } from './broken-requests.ts';
import type { Connections } from './connections.ts';
import { isEncoded } from './content-encoding.ts';
import type { Deadlines } from './deadlines.ts';
import { type DrainTimes, drain } from './drain.ts';
import { createIntake, type Intake } from './intake.ts';
import { createPipelineBound } from './pipeline-bound.ts';
import { isDeclaredTooLarge } from './receive-body.ts';
import type { UpgradeOptions } from './upgrade-request.ts';

/** Where a server listens. */
export interface ListenOptions {
  /** Default 8080, the platform's; 0 lets the system choose. */
  readonly port?: number | undefined;
  /** The address to listen on; default all. */
  readonly host?: string | undefined;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Resolves when the model is loaded; rejects with the ServeError that says why it is not. */
  ready(): Promise<void>;
  /** Resolves when the server has closed; rejects, as soon as it happens, with what made it fail. */
  closed(): Promise<void>;
  /**
   * Drains: `/ping` answers 503, replies say `Connection: close`, connections are accepted for a short grace,
   * what is in flight is finished, the model is unloaded. Never rejects; a second call waits for the first.
   */
  close(): Promise<void>;
}

export interface ListenContext {
  readonly model: ServedModel;
  /** Of all invocations without an answer. */
  readonly deadlines: Deadlines;
  /** Of all replies that have begun and come in pieces. */
  readonly streamDeadlines: Deadlines;
  readonly connections: Connections;
  /** What requests for WebSocket connections need, of a server that may have any. */
  readonly upgrades: UpgradeOptions | undefined;
  readonly limits: { readonly bodyBytes: number; readonly invocationMs: number };
  readonly drain: DrainTimes;
  readonly log: Log;
  /** Gives the one who is to be told when the connection closes, if there is one. */
  handle(request: IncomingMessage, response: ServerResponse): Waiter | undefined;
}

/** An import of it would read all of its exports, WebSocket too, for which Node loads its HTTP client: 14 MB and a third of the start. */
const { createServer } = process.getBuiltinModule('node:http');

/** Longer than the idle time of any proxy's pool: whoever closes first must not be this side. */
const keepAliveTimeoutMs = 75_000;
const headersTimeoutMs = 80_000;
const requestTimeoutMs = 90_000;

/**
 * Listens, and begins to load the model.
 *
 * @throws ServeError `LISTEN_FAILED`.
 */
export async function listen(where: ListenOptions, context: ListenContext): Promise<RunningServer> {
  const { model, deadlines, streamDeadlines, connections, limits } = context;
  const intake = createIntake();
  const server = createHttpServer(context, intake);
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.headersTimeout = headersTimeoutMs;
  // An invocation that takes too long is answered by its own deadline first.
  server.requestTimeout = Math.max(requestTimeoutMs, limits.invocationMs + 5_000);
  const port = await openSocket(server, where);
  model.load();
  let closing: Promise<void> | undefined;
  return {
    url: formatUrl(where.host, port),
    port,
    ready: () => model.lifecycle.ready,
    closed: () => model.lifecycle.closed,
    close() {
      closing ??= drain({ server, intake, model, deadlines, streamDeadlines, connections, ...context.drain });
      return closing;
    },
  };
}

function createHttpServer(context: ListenContext, intake: Intake): Server {
  const { model, limits, handle } = context;
  const server = createServer();
  const pipeline = createPipelineBound();
  const latest = new WeakMap<Duplex, LatestRequest>();
  const take = (request: IncomingMessage, response: ServerResponse, answer: ListenContext['handle']) => {
    if (model.lifecycle.isClosing) response.setHeader('connection', 'close');
    // A response without a socket waits behind another one of its connection, which may close before its turn.
    if (response.socket === null && !pipeline.enter(request, response)) return;
    intake.enter();
    let hasLeft = false;
    let waiter: Waiter | undefined;
    const begin = () => {
      if (!hasLeft) waiter = answer(request, response);
    };
    const leave = (reason?: ServeError) => {
      if (hasLeft) return;
      hasLeft = true;
      intake.leave();
      waiter?.leave(reason);
    };
    if (intake.isHeld) intake.wait(begin);
    else begin();
    response.on('close', () => leave());
    if (response.socket === null) request.socket.once('close', () => leave());
    latest.set(request.socket, { request, response, leave, hasWaiter: () => waiter !== undefined });
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    take(request, response, handle),
  );
  // A client that asks first is not told to go on with a body that will be refused.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isDeclaredTooLarge(request, limits.bodyBytes) && !isEncoded(request)) response.writeContinue();
    take(request, response, handle);
  });
  const refuse = (request: IncomingMessage, response: ServerResponse) => {
    void import('./broken-requests.ts').then(({ refuseExpectation }) =>
      refuseExpectation(request, response, context.log),
    );
    return undefined;
  };
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    take(request, response, refuse),
  );
  takeUpgrades(server, intake, context);
  answerBroken(server, latest, context.log);
  return server;
}

/** Answers what Node cannot read as a request, once a connection. What answers is loaded for the first. */
function answerBroken(server: Server, latest: WeakMap<Duplex, LatestRequest>, log: Log): void {
  const broken = new WeakSet<Duplex>();
  server.on('clientError', (error: Error, socket: Duplex) => {
    if (!socket.writable) socket.destroy(error);
    else if (!broken.has(socket)) {
      broken.add(socket);
      const last = latest.get(socket);
      const isAnswered = last === undefined || last.response.writableFinished;
      const answer = async () => {
        const { answerUnreadable, breakOff } = await import('./broken-requests.ts');
        if (isAnswered) answerUnreadable(error, socket, log);
        else breakOff(error, last);
      };
      answer().catch(() => socket.destroy(error));
    }
  });
}

/** A connection is in flight until it is closed. What answers is loaded for the first: most servers have none. */
function takeUpgrades(server: Server, intake: Intake, { upgrades: options, log }: ListenContext): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has let go of it: nobody else listens.
    socket.on('error', () => undefined);
    intake.enter();
    const answer = async () => {
      const { answerUpgrade } = await import('./upgrade.ts');
      if (socket.destroyed) intake.leave();
      else if (answerUpgrade({ request, socket, head }, { server, options }))
        socket.once('close', intake.leave);
      // It comes in again, as a request.
      else setImmediate(intake.leave);
    };
    const begin = () =>
      void answer().catch((error: unknown) => {
        reportFailure(error, log, false);
        socket.destroy();
        intake.leave();
      });
    if (intake.isHeld) intake.wait(begin);
    else begin();
  });
}

async function openSocket(server: Server, { port = 8080, host }: ListenOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host }, resolve);
  try {
    await promise;
  } catch (cause) {
    const message = `listening on port ${port} failed: ${describeThrown(cause)}: is another server running?`;
    throw new ServeError('LISTEN_FAILED', message, { cause });
  }
  server.off('error', reject);
  return (server.address() as AddressInfo).port;
}

function formatUrl(host: string | undefined, port: number): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
