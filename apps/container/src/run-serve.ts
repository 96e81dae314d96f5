/** Hands this process's surroundings to the inference server. Leave it as it is. */

import { tmpdir } from 'node:os';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import {
  ContractError,
  createLog,
  type HostingEnvironment,
  limits,
  readHostingEnvironment,
  resolvePaths,
} from '@optml/contract';
import { createApp, type ServerOptions } from '@optml/serve';

/** Serves with `predictor.ts` until `signal` aborts, and gives the exit code. */
export async function runServe(signal: AbortSignal): Promise<number> {
  // What a request leaves behind dies young: a larger nursery would cost 100 MB, and longer pauses.
  setFlagsFromString('--semi-space-growth-factor=1');
  const writeLine = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const environment = readHostingEnvironment(process.env);
    const { root, port, defaultAccept, logLevel, logFormat } = environment;
    assertOneModel(environment);
    const log = createLog(writeLine, { minimumLevel: logLevel, format: logFormat });
    for (const { variable, flag } of environment.idle) {
      log.warn(`${variable} is set and changes nothing: set ${flag}=true, or leave it out`);
    }
    const { listen } = createApp(new URL('./predictor.js', import.meta.url), {
      modelDirectory: resolvePaths(root).model,
      defaultAccept,
      ...chooseLimits(environment),
      ...chooseObservers(environment),
      log,
    });
    const server = await listen({ port });
    signal.addEventListener('abort', () => void server.close(), { once: true });
    if (signal.aborted) void server.close();
    log.info('listening', { url: server.url });
    server.ready().then(
      () => log.info('ready'),
      () => {},
    );
    await server.closed();
    return 0;
  } catch (error) {
    const { code, message } = nameVariable(error as Error & { readonly code?: string });
    createLog(writeLine, {
      minimumLevel: 0,
      format: process.env.OPTML_LOG_FORMAT === 'json' ? 'json' : 'text',
    }).error(`serving failed: ${message}`, code === undefined ? {} : { code });
    return 1;
  }
}

/** The server has no routes for several models: every request of such an endpoint would fail, with `/ping` at 200. */
function assertOneModel({ multiModel }: HostingEnvironment): void {
  if (!multiModel) return;
  const message =
    'is "true": this container serves one model, so create the SageMaker model with Mode SingleModel, or leave the variable out';
  throw createVariableError('SAGEMAKER_MULTI_MODEL', 'true', message);
}

/** Names the variable that is to blame for an option: which types a predictor writes is known once it is imported. */
function nameVariable(error: Error & { readonly code?: string }): { code?: string; message: string } {
  if (error.code !== 'DEFAULT_ACCEPT_INVALID') return error;
  const value = process.env.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT;
  const message = error.message.replace(/^defaultAccept /, '');
  return createVariableError('SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT', value, message);
}

function createVariableError(path: string, value: unknown, message: string): ContractError {
  return new ContractError([{ code: 'ENVIRONMENT_INVALID', path, value, message }]);
}

/** What is written is whole lines of the one stream that the platform reads. */
function chooseObservers(environment: HostingEnvironment): Partial<ServerOptions> {
  const { metrics, embeddedMetrics, accessLog, playground, logFormat: format } = environment;
  const write = (lines: string | Buffer) => void process.stdout.write(lines);
  return {
    metrics,
    playground,
    embeddedMetrics: embeddedMetrics && { ...embeddedMetrics, write },
    accessLog: accessLog && { ...accessLog, format, write },
  };
}

const mebibyte = 1024 ** 2;
/** What is larger waits on disk, where bodies may be larger than the platform's real-time endpoints send. */
const inMemoryBytes = 8 * mebibyte;

/** What an operator has set counts before what the platform says of a transform job. */
function chooseLimits(environment: HostingEnvironment): Partial<ServerOptions> {
  const { batch, batchStrategy, maxConcurrentTransforms, workers, timeoutSeconds } = environment;
  const maximumBodyBytes = chooseBodyLimit(environment);
  const isLarge = batch || (maximumBodyBytes ?? 0) > limits.invocationBytes;
  return {
    batch,
    // A job that is told 0 asks the container.
    executionParameters: { batchStrategy, maximumConcurrentTransforms: maxConcurrentTransforms || undefined },
    workers,
    maximumBodyBytes,
    invocationTimeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1_000,
    spill: isLarge ? { directory: tmpdir(), aboveBytes: inMemoryBytes } : undefined,
  };
}

/** A transform job that may send 0 megabytes sends bodies of any size, in chunks. */
function chooseBodyLimit({ maxPayloadMb, maxContentBytes }: HostingEnvironment): number | undefined {
  if (maxContentBytes !== undefined) return maxContentBytes;
  if (maxPayloadMb === undefined) return undefined;
  return maxPayloadMb === 0 ? Number.MAX_SAFE_INTEGER : maxPayloadMb * mebibyte;
}
