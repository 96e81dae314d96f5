/** Builds the server: an Express app with the platform's two routes in front of it. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@optml/contract';
import express, { type Express, type Request, type Response } from 'express';
import { answerInvocation } from './answer-invocation.ts';
import { answerPing } from './answer-ping.ts';
import { describeInFull } from './describe-thrown.ts';
import { createErrorReply } from './error-reply.ts';
import { ServeError } from './errors.ts';
import type { ServerState } from './lifecycle.ts';
import { type ListenOptions, listen, type RunningServer } from './listen.ts';
import type { Logger } from './logger.ts';
import { createServedModel } from './served-model.ts';
import { writeReply } from './write-reply.ts';

export interface ServerOptions {
  /** The unpacked model artifact, `resolvePaths().model` of `@optml/contract`. */
  readonly modelDirectory: string;
  /** Where user code runs: in a worker thread (default), or `inline` in the thread that answers `/ping`. */
  readonly isolation?: 'worker' | 'inline' | undefined;
  /** The media type of replies to a missing Accept header or `*`/`*`; default the request's own type. */
  readonly defaultAccept?: string | undefined;
  /** The most bytes of a body; default 25 MiB, the platform's own limit for real-time endpoints. */
  readonly maximumBodyBytes?: number | undefined;
  /** The time for one invocation, body included; default 55,000 ms, as the platform gives up after 60 s. */
  readonly invocationTimeoutMs?: number | undefined;
  /** How long a closing server still accepts connections; default 2,000 ms. */
  readonly drainGraceMs?: number | undefined;
  /** From `close()` to cutting off what is still in flight; default 25,000 ms of the platform's 30 s. */
  readonly drainTimeoutMs?: number | undefined;
  readonly log: Logger;
}

/** A server that is built and does not listen. */
export interface App {
  /** The author's to mount routes and middleware on; `/ping` and `/invocations` are answered before it. */
  readonly app: Express;
  readonly state: ServerState;
  /**
   * Resolves when the socket is open; loading begins then and goes on behind it, with `/ping` 503. Once only.
   *
   * @throws ServeError `LISTEN_FAILED`.
   */
  listen(options: ListenOptions): Promise<RunningServer>;
}

/**
 * Builds the server of a predictor module. User code is imported where it runs, so that the thread that
 * answers `/ping` never runs it unless `isolation` is `inline`.
 *
 * @example
 * ```ts
 * import { createApp } from '@optml/serve';
 *
 * const { app, listen } = createApp(new URL('./predictor.js', import.meta.url), {
 *   modelDirectory: '/opt/ml/model',
 *   log: console,
 * });
 * app.get('/version', (_request, response) => void response.json({ version: 1 }));
 * const server = await listen({ port: 8080 });
 * process.once('SIGTERM', () => void server.close());
 * await server.closed();
 * ```
 */
export function createApp(predictor: URL, options: ServerOptions): App {
  const { log, maximumBodyBytes = limits.invocationBytes, invocationTimeoutMs = 55_000 } = options;
  const app = express().disable('x-powered-by');
  const model = createServedModel(predictor, options);
  const invocation = { getModel: model.get, maximumBodyBytes, timeoutMs: invocationTimeoutMs, log };
  let isListening = false;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const path = withoutQuery(request.url ?? '');
    if (path === '/ping') answerPing(request, response, model.isHealthy());
    else if (path === '/invocations') void answerInvocation(request, response, invocation);
    else answerOther(app, log, request, response);
  };
  return {
    app,
    get state() {
      return model.lifecycle.state;
    },
    async listen(where) {
      if (isListening) throw new ServeError('LISTEN_FAILED', 'this app listens already: create another one');
      isListening = true;
      return await listen(where, { ...options, maximumBodyBytes, invocationTimeoutMs, model, handle });
    },
  };
}

function withoutQuery(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** What no route of the author's takes is answered in the shape of every other error. */
function answerOther(app: Express, log: Logger, request: IncomingMessage, response: ServerResponse): void {
  app(request as Request, response as Response, (error?: unknown) => {
    if (error === undefined || error === null) {
      const message = `there is no route ${request.method} ${withoutQuery(request.url ?? '')}: use POST /invocations`;
      writeReply(response, createErrorReply(new ServeError('ROUTE_NOT_FOUND', message)));
      return;
    }
    log.error('a route failed', { path: request.url, stack: describeInFull(error) });
    if (response.headersSent) response.destroy();
    else
      writeReply(
        response,
        createErrorReply(new ServeError('INTERNAL', 'the route failed: the log says why', { cause: error })),
      );
  });
}
