/** Builds the server with an Express app of the author's behind the platform's own routes. */

import express, { type Express, type Request, type Response } from 'express';
import { ServeError } from '../errors/errors.ts';
import type { ServerState } from '../model/lifecycle.ts';
import { createServedModel } from '../model/served-model.ts';
import { ModelRegistry } from '../models/model-registry.ts';
import { isWatched } from '../observability/is-watched.ts';
import { chooseLoader } from '../pool/choose-loader.ts';
import type { Routes } from './answer-route.ts';
import { assertOptions, assertPredictorUrl } from './assert-options.ts';
import { createServer } from './create-server.ts';
import type { ListenOptions, RunningServer } from './listen.ts';
import { createModelRoutes } from './model-routes.ts';
import { resolveOptions, type ServerOptions } from './server-options.ts';

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
  listen(options?: ListenOptions): Promise<RunningServer>;
}

/**
 * Builds the server of a predictor module. User code is imported where it runs, so that the thread that
 * answers `/ping` never runs it unless `isolation` is `inline`.
 *
 * @throws ServeError `OPTIONS_INVALID`.
 *
 * @example
 * ```ts
 * import { createApp } from '@optml/serve';
 *
 * const { app, listen } = createApp(new URL('./predictor.js', import.meta.url));
 * app.get('/version', (_request, response) => void response.json({ version: 1 }));
 * const server = await listen();
 * process.once('SIGTERM', () => void server.close());
 * await server.closed();
 * ```
 */
export function createApp(predictor: URL, options: ServerOptions = {}): App {
  assertPredictorUrl(predictor);
  assertOptions(options);
  const resolved = resolveOptions(options);
  const app = express().disable('x-powered-by');
  const how = { ...resolved, isTimed: () => isWatched(resolved.observe) };
  const routes: Routes = (request, response, next) => app(request as Request, response as Response, next);
  const registry = resolved.multiModel && new ModelRegistry(predictor, how);
  const model = registry?.server ?? createServedModel(predictor, chooseLoader(resolved.isolation), how);
  const models = registry && createModelRoutes(registry, resolved.limits);
  const start = createServer(model, resolved, { routes, models });
  let isListening = false;
  return {
    app,
    get state() {
      return model.lifecycle.state;
    },
    async listen(where = {}) {
      if (isListening)
        throw new ServeError('LISTEN_FAILED', 'this app is already listening: create another one');
      isListening = true;
      return await start(where);
    },
  };
}
