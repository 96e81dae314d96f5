/** The routes of a multi-model endpoint: loading, listing, unloading and invoking models by their names. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServeError } from '../errors/errors.ts';
import type { ModelRegistry } from '../models/model-registry.ts';
import type { NamedModel } from '../models/named-model.ts';
import { readListQuery, readLoadRequest, readModelPath } from '../models/read-model-request.ts';
import { type Admission, createAdmission } from './admission.ts';
import {
  type AnswerInvocationOptions,
  answerInvocation,
  type InvocationProtocol,
  type Waiter,
} from './answer-invocation.ts';
import { asksForChat, chatProtocol, listAllowed } from './chat-protocol.ts';
import { assertNoRoute } from './invoked-route.ts';
import { answerFailure, answerJson, type Exchange, receiveBytes, takePage } from './management-requests.ts';
import { refuseMethod } from './refuse-method.ts';

/** What the routes share with `/invocations`. */
export interface ModelRouteOptions extends AnswerInvocationOptions {
  /** Watches a request that is not an invocation. */
  watch(request: IncomingMessage, response: ServerResponse, path: string): void;
  readonly invocableRoutes: readonly string[];
}

export type ModelRoutes = ReturnType<typeof createModelRoutes>;

/**
 * Creates the routes of a registry. Each model takes up to `pendingInvocations` at once, whatever waits for the others.
 *
 * Source: "Build Your Own Container for SageMaker AI Multi-Model Endpoints".
 */
export function createModelRoutes(registry: ModelRegistry, limits: { readonly pendingInvocations: number }) {
  const admit = createAdmissions(limits.pendingInvocations);
  /** A request is in flight from its head to its answer. */
  const invoke = (
    name: string,
    exchange: Exchange,
    path: string,
    options: ModelRouteOptions,
  ): Waiter | undefined => {
    const { request, response } = exchange;
    let model: NamedModel;
    let protocol: InvocationProtocol | undefined;
    try {
      model = registry.find(name);
      const chat = model.findChat();
      if (chat?.isAlone === true || asksForChat(request, chat)) protocol = chatProtocol;
      else assertNoRoute(request, listAllowed(options.invocableRoutes, chat));
    } catch (error) {
      const refuse = () => {
        throw error;
      };
      return answerInvocation(request, response, path, { ...options, getModel: refuse });
    }
    const getModel = () => model.get();
    model.enter();
    const admission = admit(model, options.admission);
    const waiter = answerInvocation(request, response, path, { ...options, getModel, admission, protocol });
    return {
      leave(reason) {
        waiter?.leave(reason);
        model.leave();
      },
    };
  };
  return {
    owns: (path: string) => path === '/models' || path.startsWith('/models/'),
    abortLoads: (reason: ServeError) => registry.abortLoads(reason),
    /** Answers one request; never throws. */
    answer(
      request: IncomingMessage,
      response: ServerResponse,
      path: string,
      options: ModelRouteOptions,
    ): Waiter | undefined {
      const exchange = { request, response, isClosing: options.isClosing };
      try {
        const { name, isInvoke } = readModelPath(path);
        if (name !== undefined && isInvoke) return invoke(name, exchange, path, options);
        options.watch(request, response, path);
        if (name !== undefined) answerModel(registry, name, exchange, options);
        else if (request.method === 'POST') receiveLoad(registry, exchange, options);
        else if (!refuseMethod('/models', request, response, ['GET', 'HEAD', 'POST']))
          answerList(registry, exchange);
      } catch (error) {
        answerFailure(error, exchange);
      }
      return undefined;
    },
  };
}

/** Gives the admission of each model: its own invocations, and the bytes of all. */
function createAdmissions(maximumInvocations: number) {
  const admissions = new WeakMap<NamedModel, Admission>();
  return (model: NamedModel, shared: Admission): Admission => {
    const known = admissions.get(model);
    if (known !== undefined) return known;
    const { assertRoom, enter, leave } = createAdmission({ maximumInvocations, maximumBytes: 0 });
    const admission = { ...shared, assertRoom, enter, leave };
    admissions.set(model, admission);
    return admission;
  };
}

function receiveLoad(
  registry: ModelRegistry,
  exchange: Exchange,
  { admission, log }: ModelRouteOptions,
): void {
  const startedMs = performance.now();
  const load = async (body: Uint8Array) => {
    const { name, url } = readLoadRequest(body);
    try {
      await registry.load(name, url);
      log.info('a model is loaded', { model: name, url, ms: Math.round(performance.now() - startedMs) });
      answerJson(exchange, {});
    } catch (error) {
      const { code, message: reason } = error as ServeError;
      log.warn('a model was not loaded', { model: name, url, code, reason });
      throw error;
    }
  };
  receiveBytes(exchange, admission, load);
}

function answerList(registry: ModelRegistry, exchange: Exchange): void {
  const query = readListQuery(exchange.request.url ?? '', 'MODEL_REQUEST_INVALID');
  const { page, nextPageToken } = takePage(registry.list(), query);
  answerJson(exchange, { models: page.map(describeModel), nextPageToken });
}

function answerModel(
  registry: ModelRegistry,
  name: string,
  exchange: Exchange,
  { log }: ModelRouteOptions,
): void {
  const { request, response } = exchange;
  if (refuseMethod('/models/{name}', request, response, ['GET', 'HEAD', 'DELETE'])) return;
  if (request.method !== 'DELETE') {
    answerJson(exchange, describeModel(registry.findLoaded(name)));
    return;
  }
  const unload = async () => {
    await registry.unload(name);
    log.info('a model is unloaded', { model: name });
    answerJson(exchange, {});
  };
  unload().catch((error) => answerFailure(error, exchange));
}

function describeModel({ name, url }: NamedModel) {
  return { modelName: name, modelUrl: url };
}
