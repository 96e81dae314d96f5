/** Serves as SageMaker's `docker run IMAGE serve` asks for it: what is not needed for the first answer is loaded late. */

import process from 'node:process';
import type { Writable } from 'node:stream';
import {
  type Environment,
  type HostingEnvironment,
  readHostingEnvironment,
} from '@optml/contract/environment';
import { ContractError } from '@optml/contract/errors';
import { createLog, type Log } from '@optml/contract/log';
import type { ServeError } from './errors/errors.ts';
import type { ModelRoutes } from './http/model-routes.ts';
import { readServerOptions } from './http/read-server-options.ts';
import { type ResolvedOptions, resolveOptions } from './http/server-options.ts';
import { createServedModel, type ServedModel } from './model/served-model.ts';
import { isMetricName } from './observability/is-metric-name.ts';
import { isWatched } from './observability/is-watched.ts';
import { chooseLoader } from './pool/choose-loader.ts';

/** The process around a server. */
export interface ServingOptions {
  /** The variables of this process; those that the server reads are in docs/environment.md. */
  readonly environment: Environment;
  /** The arguments of Node itself, `process.execArgv`; default none. */
  readonly nodeArguments?: readonly string[] | undefined;
  /** Where the log goes, and what is observed; looked up when the first line is written. */
  readonly stdout: Writable;
  /** Drains and ends the server. */
  readonly signal: AbortSignal;
}

/**
 * Serves the predictor of a module until `signal` aborts, and gives the exit code: 0 after a drain, 1 for a start that
 * failed or a model that cannot be served any more, with the reason in the log. Never rejects.
 *
 * @example
 * ```ts
 * import { runServing } from '@optml/serve/run-serving';
 *
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * process.exitCode = await runServing(new URL('./predictor.js', import.meta.url), {
 *   environment: process.env,
 *   stdout: process.stdout,
 *   signal: stop.signal,
 * });
 * ```
 */
export async function runServing(predictor: URL, options: ServingOptions): Promise<number> {
  const { environment } = options;
  const write = (lines: string | Buffer) => void options.stdout.write(lines);
  const writeLine = (line: string) => write(`${line}\n`);
  try {
    const hosting = readHostingEnvironment(environment, isMetricName);
    const log = createLog(writeLine, { minimumLevel: hosting.logLevel, format: hosting.logFormat });
    for (const { variable, needs } of hosting.idle) {
      log.warn(`${variable} is set and changes nothing: set ${needs}, or leave it out`);
    }
    return await serve(predictor, { ...options, write, hosting, log });
  } catch (error) {
    const { code, message } = nameVariable(error as Error & { readonly code?: string }, environment);
    const format = environment.OPTML_LOG_FORMAT === 'json' ? 'json' : 'text';
    const log = createLog(writeLine, { minimumLevel: 0, format });
    log.error(`serving failed: ${message}`, code === undefined ? {} : { code });
    return 1;
  }
}

async function serve(
  predictor: URL,
  {
    write,
    signal,
    nodeArguments,
    hosting,
    log,
  }: ServingOptions & {
    readonly write: (lines: string | Buffer) => void;
    readonly hosting: HostingEnvironment;
    readonly log: Log;
  },
): Promise<number> {
  const options = resolveOptions({ ...readServerOptions(hosting, { write, nodeArguments }), log });
  const { model, models } = await createModel(predictor, options);
  const { createServer } = await import('./http/create-server.ts');
  const server = await createServer(model, options, { models })({ port: hosting.port });
  signal.addEventListener('abort', () => void server.close(), { once: true });
  if (signal.aborted) void server.close();
  log.info('listening', { url: server.url });
  server.ready().then(
    () => {
      log.info('ready');
      keepNurserySmall();
    },
    () => {},
  );
  return await server.closed().then(
    () => 0,
    (error: ServeError) => {
      // The model has told it, unless the log leaves out errors; it does not know which variable is to blame.
      const isTold = model.lifecycle.state === 'failed' && hosting.logLevel <= 40;
      if (!isTold || error.code === 'DEFAULT_ACCEPT_INVALID') throw error;
      return 1;
    },
  );
}

/** Only a server of several models loads what they need. */
async function createModel(
  predictor: URL,
  options: ResolvedOptions,
): Promise<{ readonly model: ServedModel; readonly models?: ModelRoutes }> {
  const how = { ...options, isTimed: () => isWatched(options.observe) };
  if (options.multiModel === undefined) {
    const model = createServedModel(predictor, chooseLoader(options.isolation), how);
    // Its thread starts and loads beside what follows.
    model.load();
    return { model };
  }
  const { ModelRegistry } = await import('./models/model-registry.ts');
  const { createModelRoutes } = await import('./http/model-routes.ts');
  const registry = new ModelRegistry(predictor, how);
  return { model: registry.server, models: createModelRoutes(registry, options.limits) };
}

/**
 * What a request leaves behind dies young: a larger nursery would cost 100 MB, and longer pauses. Only now, because V8
 * refuses code that was compiled under other flags, Node's own too: workers would take 60 ms more to start.
 */
function keepNurserySmall(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
}

/** Names the variable that is to blame for an option: which types a predictor writes is known once it is imported. */
function nameVariable(
  error: Error & { readonly code?: string },
  environment: Environment,
): { code?: string; message: string } {
  if (error.code !== 'DEFAULT_ACCEPT_INVALID') return error;
  const value = environment.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT;
  const message = error.message.replace(/^defaultAccept /, '');
  return createVariableError('SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT', value, message);
}

function createVariableError(path: string, value: unknown, message: string): ContractError {
  const problem = { code: 'ENVIRONMENT_INVALID', path, value, message } as const;
  return new ContractError(problem.code, `${path} ${message}`, { problems: [problem] });
}
