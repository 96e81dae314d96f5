/** Builds the server: an Express app with the platform's own routes in front of it. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import { describeInFull } from './describe-thrown.ts';
import { createErrorReply } from './error-reply.ts';
import { ServeError } from './errors.ts';
import { createAdmission } from './http/admission.ts';
import { answerExecutionParameters } from './http/answer-execution-parameters.ts';
import { answerInvocation } from './http/answer-invocation.ts';
import { answerMetrics } from './http/answer-metrics.ts';
import { answerOpenApi } from './http/answer-open-api.ts';
import { answerPing } from './http/answer-ping.ts';
import { answerPlayground } from './http/answer-playground.ts';
import { createDeadlines, type Deadlines } from './http/deadlines.ts';
import { createOpenInferenceRoutes } from './http/open-inference-routes.ts';
import { readPath } from './http/read-path.ts';
import { createShedReports } from './http/shed-reports.ts';
import { writeReply } from './http/write-reply.ts';
import type { ServerState } from './lifecycle.ts';
import { type ListenOptions, listen, type RunningServer } from './listen.ts';
import type { Logger } from './logger.ts';
import { createObservability, type Observability } from './observability/observability.ts';
import { createServedModel, type ServedModel } from './served-model.ts';
import { type ResolvedOptions, resolveOptions, type ServerOptions } from './server-options.ts';

/** A server that is built and does not listen. */
export interface App {
  /** The author's to mount routes and middleware on; the platform's routes are answered before it. */
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
 * @throws TypeError when `options` has no `log`.
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
  const resolved = resolveOptions(options);
  const app = express().disable('x-powered-by');
  const model = createServedModel(predictor, { ...resolved, isTimed: () => observability.isTimed });
  const observability = createObservability(resolved, model);
  const deadlines = createDeadlines(resolved.invocationTimeoutMs);
  const handle = createHandler(app, { model, observability, deadlines, ...resolved });
  let isListening = false;
  return {
    app,
    get state() {
      return model.lifecycle.state;
    },
    async listen(where) {
      if (isListening) throw new ServeError('LISTEN_FAILED', 'this app listens already: create another one');
      isListening = true;
      await observability.start();
      model.lifecycle.closed.then(observability.stop, observability.stop);
      return await listen(where, { ...resolved, model, deadlines, handle });
    },
  };
}

interface HandlerOptions extends ResolvedOptions {
  readonly model: ServedModel;
  readonly deadlines: Deadlines;
  readonly observability: Observability;
}

/** Compares paths by hand: Express's router would cost a fifth of the throughput. */
function createHandler(app: Express, options: HandlerOptions) {
  const { model, observability, playground = false, deadlines, maximumBodyBytes, spill, log } = options;
  const { invocationTimeoutMs: timeoutMs, executionParameters } = options;
  const { maximumPendingInvocations: maximumInvocations, maximumPendingBytes: maximumBytes } = options;
  const admission = createAdmission({ maximumInvocations, maximumBytes });
  const { lifecycle, get: getModel } = model;
  const isClosing = () => lifecycle.isClosing;
  const bounds = { admission, deadlines, maximumBodyBytes, spill, timeoutMs };
  const { observe, watch } = observability;
  const invocation = { getModel, observe, isClosing, ...bounds, log, sheds: createShedReports(log) };
  const openInference =
    options.openInference === undefined
      ? undefined
      : createOpenInferenceRoutes(options.openInference, model.isHealthy);
  const inference = { ...invocation, protocol: openInference?.protocol };
  const selfDescription = { getModel, maximumBodyBytes, openInference: options.openInference };
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = readPath(request.url ?? '');
    if (path === '/invocations') return answerInvocation(request, response, path, invocation);
    if (openInference?.isInference(path) === true)
      return answerInvocation(request, response, path, inference);
    watch(request, response, path);
    if (path === '/ping') answerPing(request, response, model.isHealthy());
    else if (path === '/metrics' && observability.renderMetrics !== undefined) {
      void answerMetrics(request, response, observability.renderMetrics);
    } else if (path === '/openapi.json') {
      const metrics = observability.renderMetrics !== undefined;
      answerOpenApi(request, response, { ...selfDescription, metrics });
    } else if (path === '/' && playground) answerPlayground(request, response);
    else if (path === '/execution-parameters') {
      const parallelism = model.lifecycle.state === 'ready' ? model.get().parallelism : 1;
      answerExecutionParameters(request, response, { ...executionParameters, parallelism, maximumBodyBytes });
    } else if (openInference?.owns(path) === true) openInference.answer(request, response, path);
    else answerOther(app, log, request, response);
    return undefined;
  };
}

/** What no route of the author's takes is answered in the shape of every other error. */
function answerOther(app: Express, log: Logger, request: IncomingMessage, response: ServerResponse): void {
  app(request as Request, response as Response, (error?: unknown) => {
    if (error === undefined || error === null) {
      const message = `there is no route ${request.method} ${readPath(request.url ?? '')}: use POST /invocations`;
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
