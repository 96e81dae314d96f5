/** Builds what answers requests: the platform's own routes, in front of whatever the author has. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@optml/contract/log';
import { describeInFull } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { ServedModel } from '../model/served-model.ts';
import { createObservability, type Observability } from '../observability/observability.ts';
import type { MetricsText } from '../observability/render-metrics.ts';
import { createAdmission } from './admission.ts';
import { answerExecutionParameters } from './answer-execution-parameters.ts';
import { answerInvocation, type StartTransform } from './answer-invocation.ts';
import { answerOpenApi } from './answer-open-api.ts';
import { answerPing } from './answer-ping.ts';
import { answerPlayground } from './answer-playground.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { findInvokedRoute } from './invoked-route.ts';
import { type ListenOptions, listen, type RunningServer } from './listen.ts';
import type { ModelRoutes } from './model-routes.ts';
import { createOpenInferenceRoutes } from './open-inference-routes.ts';
import { readPath } from './read-path.ts';
import { refuseMethod } from './refuse-method.ts';
import type { ResolvedOptions } from './server-options.ts';
import { createShedReports } from './shed-reports.ts';
import { writeReply } from './write-reply.ts';

/** Routes that the platform does not have; calls `next` with nothing, or with what was thrown, where it has no answer. */
export type Routes = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What answers beside the platform's own routes. */
export interface ServerRoutes {
  /** The author's; without them, no other path has an answer. */
  readonly routes?: Routes | undefined;
  /** Those of a server that has several models. */
  readonly models?: ModelRoutes | undefined;
}

/** Gives the function that opens the socket of a server, which begins to load the model unless that was begun before. */
export function createServer(
  model: ServedModel,
  options: ResolvedOptions,
  { routes = (_request, _response, next) => next(), models }: ServerRoutes = {},
): (where: ListenOptions) => Promise<RunningServer> {
  const observability = createObservability(options.observe, model);
  const invocations = createDeadlines(options.limits.invocationMs);
  const expireAll = (reason: ServeError) => {
    invocations.expireAll(reason);
    models?.abortLoads(reason);
  };
  const deadlines = { ...invocations, expireAll };
  const streamDeadlines = createDeadlines(options.limits.streamMs);
  const shared = { model, models, observability, deadlines, streamDeadlines, ...options };
  return async (where) => {
    await observability.start();
    const handle = createHandler(routes, { ...shared, transform: await loadTransforms(options) });
    model.lifecycle.closed.then(observability.stop, observability.stop);
    return await listen(where, { ...options, model, deadlines, streamDeadlines, handle });
  };
}

/** Only a batch transform job sends bodies of unknown length on purpose. */
async function loadTransforms({ hosting, limits }: ResolvedOptions): Promise<StartTransform | undefined> {
  if (hosting !== 'batch transform') return undefined;
  const { createTransforms } = await import('./transform.ts');
  return createTransforms(limits.chunkedBytes);
}

interface HandlerOptions extends ResolvedOptions {
  readonly model: ServedModel;
  readonly models: ModelRoutes | undefined;
  readonly deadlines: Deadlines;
  readonly streamDeadlines: Deadlines;
  readonly transform: StartTransform | undefined;
  readonly observability: Observability;
}

/** Routes that describe the one model of a server. */
const ofOneModel: ReadonlySet<string> = new Set(['/', '/openapi.json', '/execution-parameters']);

/** Compares paths by hand: Express's router would cost a fifth of the throughput. */
function createHandler(routes: Routes, options: HandlerOptions) {
  const { model, models, observability, playground = false, log, executionParameters } = options;
  const { invocableRoutes = [] } = options;
  const { deadlines, streamDeadlines, limits } = options;
  const { bodyBytes: maximumBodyBytes, spill, invocationMs: timeoutMs, streamMs, ...pending } = limits;
  const admission = createAdmission({
    maximumInvocations: pending.pendingInvocations,
    maximumBytes: pending.pendingBytes,
  });
  const { lifecycle, get: getModel } = model;
  const isClosing = () => lifecycle.isClosing;
  const bounds = { admission, deadlines, streamDeadlines, maximumBodyBytes, spill, timeoutMs, streamMs };
  const { observe, watch } = observability;
  const common = { getModel, observe, isClosing, ...bounds, log, sheds: createShedReports(log) };
  const invocation = { ...common, transform: options.transform };
  const openInference =
    options.openInference === undefined
      ? undefined
      : createOpenInferenceRoutes(options.openInference, model.isHealthy);
  const inference = { ...common, protocol: openInference?.protocol };
  const selfDescription = { getModel, maximumBodyBytes, openInference: options.openInference };
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = readPath(request.url ?? '');
    if (path === '/invocations') {
      const isRoute =
        invocableRoutes.length > 0 && answerRoute(request, response, { routes, log, invocableRoutes, watch });
      return isRoute ? undefined : answerInvocation(request, response, path, invocation);
    }
    if (openInference?.isInference(path) === true)
      return answerInvocation(request, response, path, inference);
    if (models?.owns(path) === true) return models.answer(request, response, path, { ...invocation, watch });
    watch(request, response, path);
    if (path === '/ping') answerPing(request, response, model.isHealthy());
    else if (models !== undefined && ofOneModel.has(path)) answerOther(routes, log, request, response);
    else if (path === '/metrics' && observability.renderMetrics !== undefined) {
      answerMetrics(request, response, observability.renderMetrics);
    } else if (path === '/openapi.json') {
      const metrics = observability.renderMetrics !== undefined;
      void answerOpenApi(request, response, { ...selfDescription, metrics });
    } else if (path === '/' && playground) answerPlayground(request, response);
    else if (path === '/execution-parameters') {
      const parallelism = model.lifecycle.state === 'ready' ? model.get().parallelism : 1;
      answerExecutionParameters(request, response, { ...executionParameters, parallelism, maximumBodyBytes });
    } else if (openInference?.owns(path) === true) openInference.answer(request, response, path);
    else answerOther(routes, log, request, response);
    return undefined;
  };
}

/** Answers `/metrics`, which the platform's collector reads. Source: `MetricsEndpoint`, by default on port 8080. */
function answerMetrics(request: IncomingMessage, response: ServerResponse, render: () => MetricsText): void {
  if (refuseMethod('/metrics', request, response)) return;
  const { contentType, text } = render();
  writeReply(response, { status: 200, headers: { 'content-type': contentType }, body: text });
}

interface RouteOptions {
  readonly routes: Routes;
  readonly log: Log;
  readonly invocableRoutes: readonly string[];
  watch(request: IncomingMessage, response: ServerResponse, path: string): void;
}

/** Answers an invocation that asks for a route of the author's; false for any other. */
function answerRoute(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, log, invocableRoutes, watch }: RouteOptions,
): boolean {
  try {
    const route = findInvokedRoute(request, invocableRoutes);
    if (route === undefined) return false;
    watch(request, response, readPath(route));
    request.url = route;
    answerOther(routes, log, request, response);
  } catch (error) {
    watch(request, response, '/invocations');
    writeReply(response, createErrorReply(error as ServeError));
  }
  return true;
}

/** What no route of the author's takes is answered in the shape of every other error. */
function answerOther(routes: Routes, log: Log, request: IncomingMessage, response: ServerResponse): void {
  routes(request, response, (error) => {
    if (error === undefined || error === null) {
      const message = `there is no route ${request.method} ${readPath(request.url ?? '')}: use POST /invocations, or POST /models/{name}/invoke on a server of several models`;
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
