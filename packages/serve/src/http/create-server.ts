/** Builds what answers requests: the platform's own routes, in front of whatever the author has. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { chatPath } from '../chat-completions/chat-path.ts';
import type { ServeError } from '../errors/errors.ts';
import { bidirectionalPath } from '../invocation/conversation.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { WholeReply } from '../invocation/invocation.ts';
import type { AdapterList } from '../model/model-handle.ts';
import type { ServedModel } from '../model/served-model.ts';
import { createObservability, type Observability } from '../observability/observability.ts';
import type { MetricsText } from '../observability/render-metrics.ts';
import { type Admission, createAdmission } from './admission.ts';
import { answerExecutionParameters } from './answer-execution-parameters.ts';
import { answerInvocation } from './answer-invocation.ts';
import { answerPing } from './answer-ping.ts';
import { answerInvokedRoute, answerRoute, type Routes } from './answer-route.ts';
import { asksForChat, chatProtocol, listAllowed } from './chat-protocol.ts';
import { type Connections, createConnections } from './connections.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { guardAnswer } from './guard-answer.ts';
import type { LargeBodies } from './large-bodies.ts';
import { type ListenOptions, listen, type RunningServer } from './listen.ts';
import type { ModelRoutes } from './model-routes.ts';
import { adviseRoute } from './name-routes.ts';
import { createOpenInferenceRoutes } from './open-inference-routes.ts';
import { readPath } from './read-path.ts';
import { refuseMethod } from './refuse-method.ts';
import type { ResolvedOptions } from './server-options.ts';
import { createShedReports, type ShedReports } from './shed-reports.ts';
import type { UpgradeOptions } from './upgrade-request.ts';
import { writeReply } from './write-reply.ts';

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
  const { pendingInvocations: maximumInvocations, pendingBytes: maximumBytes } = options.limits;
  const admission = createAdmission({ maximumInvocations, maximumBytes });
  const connections = createConnections();
  const sheds = createShedReports(options.log);
  const shared = { model, models, observability, admission, deadlines, streamDeadlines, sheds, ...options };
  // A model of several has no path of its own to open a connection at.
  const upgrades = models === undefined ? listUpgradeOptions({ ...shared, connections }) : undefined;
  return async (where) => {
    await observability.start();
    const answer = createHandler(routes, { ...shared, largeBodies: await loadLargeBodies(options) });
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      guardAnswer(response, options.log, () => answer(request, response));
    model.lifecycle.closed.then(observability.stop, observability.stop);
    const inFlight = { deadlines, streamDeadlines, connections };
    return await listen(where, { ...options, ...inFlight, model, upgrades, handle });
  };
}

function listUpgradeOptions({
  model,
  observability,
  limits,
  ...options
}: Omit<HandlerOptions, 'largeBodies'> & { readonly connections: Connections }): UpgradeOptions {
  const { bodyBytes: messageBytes, invocationMs: messageMs, connectionMs, pingMs } = limits;
  return {
    ...options,
    getModel: model.get,
    observe: observability.observe,
    isClosing: () => model.lifecycle.isClosing,
    connectionLimits: { messageBytes, messageMs, connectionMs, pingMs },
  };
}

/** Only these send bodies that no memory is sure to hold. */
async function loadLargeBodies(options: ResolvedOptions): Promise<LargeBodies> {
  if (options.hosting !== 'batch transform' && options.hosting !== 'asynchronous') return {};
  const { createLargeBodies } = await import('./large-bodies.ts');
  return createLargeBodies(options);
}

interface HandlerOptions extends ResolvedOptions {
  readonly model: ServedModel;
  readonly models: ModelRoutes | undefined;
  readonly admission: Admission;
  readonly sheds: ShedReports;
  readonly deadlines: Deadlines;
  readonly streamDeadlines: Deadlines;
  readonly largeBodies: LargeBodies;
  readonly observability: Observability;
}

/** Routes that describe the one model of a server. */
const ofOneModel: ReadonlySet<string> = new Set(['/', '/openapi.json', '/execution-parameters']);

/** Compares paths by hand: Express's router would cost a fifth of the throughput. */
function createHandler(routes: Routes, options: HandlerOptions) {
  const { model, models, observability, log, invocableRoutes = [], limits } = options;
  const { admission, deadlines, streamDeadlines, sheds, hosting } = options;
  const { bodyBytes: maximumBodyBytes, spill, invocationMs: timeoutMs, streamMs } = limits;
  const { lifecycle, get: getModel } = model;
  const isClosing = () => lifecycle.isClosing;
  const bounds = {
    admission,
    deadlines,
    streamDeadlines,
    maximumBodyBytes,
    hosting,
    spill,
    timeoutMs,
    streamMs,
  };
  const { observe, watch } = observability;
  const common = { getModel, observe, isClosing, ...bounds, log, sheds };
  const invocation = { ...common, ...options.largeBodies };
  const { createStreamWriter } = options.largeBodies;
  const completions = { ...common, createStreamWriter, protocol: chatProtocol };
  const openInference =
    options.openInference === undefined
      ? undefined
      : createOpenInferenceRoutes(options.openInference, model.isHealthy);
  const inference = { ...common, protocol: openInference?.protocol };
  const answerOther = createOtherRoutes(routes, { ...options, openInferenceRoutes: openInference });
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = readPath(request.url ?? '');
    const chat = model.findChat();
    if (path === '/invocations') {
      if (asksForChat(request, chat)) return answerInvocation(request, response, chatPath, completions);
      const allowed = listAllowed(invocableRoutes, chat);
      const isRoute =
        allowed.length > 0 &&
        answerInvokedRoute(request, response, {
          ...common,
          ...createAuthorsRoutes(routes, options),
          invocableRoutes: allowed,
        });
      const how = chat?.isAlone === true ? completions : invocation;
      return isRoute ? undefined : answerInvocation(request, response, path, how);
    }
    if (path === chatPath && chat !== undefined) {
      return answerInvocation(request, response, path, completions);
    }
    if (openInference?.isInference(path) === true)
      return answerInvocation(request, response, path, inference);
    if (models?.owns(path) === true)
      return models.answer(request, response, path, { ...invocation, invocableRoutes, watch });
    watch(request, response, path);
    answerOther(request, response, path);
    return undefined;
  };
}

interface OtherOptions extends HandlerOptions {
  readonly openInferenceRoutes: ReturnType<typeof createOpenInferenceRoutes> | undefined;
}

/** The author's routes, with what is said where none of them answers. */
function createAuthorsRoutes(routes: Routes, { model, models, log }: HandlerOptions) {
  return { routes, log, adviseRoute: (path: string) => adviseRoute(path, model, models !== undefined) };
}

/** Gives what answers paths that predict nothing. */
function createOtherRoutes(routes: Routes, options: OtherOptions) {
  const { model, models, observability, playground = false, admission, limits, log } = options;
  const { openInference, openInferenceRoutes, executionParameters } = options;
  const { bodyBytes: maximumBodyBytes } = limits;
  const own = createAuthorsRoutes(routes, options);
  const selfDescription = { getModel: model.get, maximumBodyBytes, openInference };
  const later = (response: ServerResponse, answer: () => Promise<void>) =>
    void guardAnswer(response, log, answer);
  return (request: IncomingMessage, response: ServerResponse, path: string): void => {
    if (path === '/ping') answerPing(request, response, model.isHealthy());
    else if (models !== undefined && ofOneModel.has(path)) answerRoute(request, response, own);
    else if (path === '/metrics' && observability.renderMetrics !== undefined) {
      answerMetrics(request, response, observability.renderMetrics);
    } else if (path === '/openapi.json') {
      const metrics = observability.renderMetrics !== undefined;
      later(response, async () => {
        const { answerOpenApi } = await import('./answer-open-api.ts');
        await answerOpenApi(request, response, { ...selfDescription, metrics });
      });
    } else if (models === undefined && path === bidirectionalPath && takesConnections(model)) {
      later(response, async () => (await import('./upgrade.ts')).answerUpgradeRequired(response));
    } else if (path === '/' && playground) {
      later(response, async () =>
        (await import('./answer-playground.ts')).answerPlayground(request, response),
      );
    } else if (path === '/execution-parameters') {
      const parallelism = model.lifecycle.state === 'ready' ? model.get().parallelism : 1;
      answerExecutionParameters(request, response, { ...executionParameters, parallelism, maximumBodyBytes });
    } else if (models === undefined && isOfAdapters(path, model)) {
      const getAdapters = () => model.get().adapters as AdapterList;
      const isClosing = () => model.lifecycle.isClosing;
      later(response, async () => {
        const { answerAdapters } = await import('./adapter-routes.ts');
        await answerAdapters(request, response, path, { getAdapters, admission, isClosing, log });
      });
    } else if (openInferenceRoutes?.owns(path) === true) openInferenceRoutes.answer(request, response, path);
    else answerRoute(request, response, { ...own, missing: findStartingReply(path, model) });
  };
}

/** While the model is loaded nobody knows whether it answers chat completions: they are not ready rather than missing. */
function findStartingReply(path: string, { lifecycle, get }: ServedModel): WholeReply | undefined {
  if (path !== chatPath || lifecycle.state !== 'starting') return undefined;
  try {
    get();
    return undefined;
  } catch (error) {
    return chatProtocol.adaptReply(createErrorReply(error));
  }
}

function takesConnections({ lifecycle, get }: ServedModel): boolean {
  return lifecycle.state === 'ready' && get().conversationTerms !== undefined;
}

/** A predictor without adapters leaves the path to the author's routes; before it is loaded, nobody knows. */
function isOfAdapters(path: string, { get }: ServedModel): boolean {
  if (path !== '/adapters' && !path.startsWith('/adapters/')) return false;
  try {
    return get().adapters !== undefined;
  } catch {
    return true;
  }
}

/** Answers `/metrics`, which the platform's collector reads. Source: `MetricsEndpoint`, by default on port 8080. */
function answerMetrics(request: IncomingMessage, response: ServerResponse, render: () => MetricsText): void {
  if (refuseMethod('/metrics', request, response)) return;
  const { contentType, text } = render();
  writeReply(response, { status: 200, headers: { 'content-type': contentType }, body: text });
}
