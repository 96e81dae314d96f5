/** Starts a container's server on this machine, and waits until it is ready. */

import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '@optml/contract/environment';
import { limits } from '@optml/contract/limits';
import { type Paths, resolvePaths } from '@optml/contract/paths';
import { CliError } from '../errors.ts';
import { makeRootFolder } from '../local-root/open-local-root.ts';
import { findEarlier } from '../local-root/set-aside.ts';
import { startContainer } from '../process/container-process.ts';
import type { Ending } from '../process/subprocess.ts';
import type { ContainerCommand } from '../project/project-command.ts';
import { writeProse } from '../terminal/write-to.ts';
import { sendHttpRequest } from './http-request.ts';

/** Where the model is, where to listen, and what ends the server. */
export interface ServerOptions {
  /** Default: that of the container. */
  readonly root?: string | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Serves what requests load, below `models` of the root. */
  readonly multiModel?: true | undefined;
  /** What a relative root starts from. */
  readonly workingDirectory: string;
  /** Is passed on; what it has wins over the project's configuration. */
  readonly environment: Environment;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** A server that was started. */
export interface StartedServer {
  readonly url: string;
  readonly port: number;
  /** False when it was stopped before. */
  readonly ready: boolean;
  /**
   * Resolves when it has ended because it was asked to.
   *
   * @throws CliError `SERVER_FAILED` when it ends by itself or has to be killed
   */
  readonly ended: Promise<void>;
  /** Ends it as the platform would. */
  stop(): Promise<void>;
}

/** Short beside any model's loading, long beside one request. */
const pingIntervalMs = 100;

/** How often a slow start is mentioned. */
const reminderMs = 10_000;

/**
 * Resolves once `/ping` answers 200, or the server was stopped.
 *
 * @throws CliError `MODEL_MISSING`, `PORT_TAKEN`, `COMMAND_NOT_STARTED`, or `SERVER_FAILED` when it ends before
 */
export async function startServer(
  container: ContainerCommand,
  options: ServerOptions,
): Promise<StartedServer> {
  const { stderr, stop, kill, multiModel = false } = options;
  const paths = resolvePaths(resolve(options.workingDirectory, options.root ?? container.defaultRoot));
  if (multiModel) await makeRootFolder(paths.models, paths);
  else await prepareModel(paths, container);
  const port = await reservePort(options.port);
  const url = `http://127.0.0.1:${port}`;
  const end = new AbortController();
  const server = await startContainer(container.command, {
    role: 'serve',
    root: paths.root,
    environment: {
      ...options.environment,
      ...chooseVariables(container, options.environment),
      ...(multiModel && { SAGEMAKER_MULTI_MODEL: 'true' }),
      SAGEMAKER_BIND_TO_PORT: String(port),
    },
    stderr,
    stop,
    end: end.signal,
    stopTimeoutMs: limits.hostingStopMs,
    kill,
  });
  const what = multiModel ? `starting the server of ${paths.models}` : `loading the model of ${paths.root}`;
  await writeProse(stderr, `${what}: waiting for ${url}/ping to answer 200`);
  const stopped = AbortSignal.any([stop, end.signal]);
  const over = new AbortController();
  let ready = false;
  const ended = server.ended.then((ending) => {
    over.abort();
    assertStopped(ending, { ready, stopped: stopped.aborted });
  });
  ready = await waitUntilReady(new URL('/ping', url), {
    over: AbortSignal.any([over.signal, stopped]),
    onReminder: (line) => writeProse(stderr, line),
  });
  if (!ready) await ended;
  return {
    url,
    port,
    ready,
    ended,
    stop() {
      end.abort();
      return ended;
    },
  };
}

/** A predictor whose project trains nothing needs no model. */
async function prepareModel(paths: Paths, { project }: ContainerCommand): Promise<void> {
  if (project === undefined || project.training !== undefined) await assertModel(paths);
  else await makeRootFolder(paths.model, paths);
}

/** What this process's own variables do not say. */
function chooseVariables({ environment }: ContainerCommand, given: Environment): Record<string, string> {
  // On this machine people look at the playground, and no balancer has to learn that the server ends.
  const local = { OPTML_PLAYGROUND: 'true', OPTML_DRAIN_GRACE_MS: '0' };
  const wanted = Object.entries({ ...local, ...environment });
  return Object.fromEntries(wanted.filter(([name]) => !given[name]));
}

async function assertModel(paths: Paths): Promise<void> {
  const entries = await readdir(paths.model).catch(() => undefined);
  if (entries !== undefined && entries.length > 0) return;
  const state = entries === undefined ? 'does not exist' : 'is empty';
  const earlier = await findEarlier(paths, paths.model);
  const advice =
    earlier === undefined ? '' : `, or serve the model of an earlier job with --root ${dirname(earlier)}`;
  throw new CliError(
    'MODEL_MISSING',
    `no model to serve: ${paths.model} ${state}; train first (optml train, with --input CHANNEL=PATH for its data)${advice}`,
    { facts: { path: paths.model } },
  );
}

/** Asked before the start: otherwise `/ping` of another server on the port would be taken for ours. */
async function reservePort(port: number): Promise<number> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw refusePort(port, cause as NodeJS.ErrnoException);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** The error `PORT_TAKEN` for a port that cannot be listened on. */
export function refusePort(port: number, cause: NodeJS.ErrnoException): CliError {
  const { code } = cause;
  const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${code})`;
  const message = `port ${port} ${reason}: give another with --port, or 0 for a free one`;
  return new CliError('PORT_TAKEN', message, { cause, facts: { port } });
}

async function waitUntilReady(
  url: URL,
  { over, onReminder }: { readonly over: AbortSignal; readonly onReminder: (line: string) => Promise<void> },
): Promise<boolean> {
  const startedMs = performance.now();
  let remindAtMs = reminderMs;
  while (!over.aborted) {
    const answer = await ping(url, over);
    if (answer === '200') return true;
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > remindAtMs) {
      await onReminder(`still loading after ${Math.round(elapsedMs / 1000)} s: /ping answers ${answer}`);
      remindAtMs += reminderMs;
    }
    await delay(pingIntervalMs, undefined, { signal: over }).catch(() => {});
  }
  return false;
}

/** The status, or why there was none. */
async function ping(url: URL, over: AbortSignal): Promise<string> {
  try {
    const signal = AbortSignal.any([over, AbortSignal.timeout(limits.pingMs)]);
    const reply = await sendHttpRequest(url, { method: 'GET', signal });
    reply.body.destroy();
    return String(reply.status);
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return name === 'AbortError' ? `nothing within ${limits.pingMs} ms` : `nothing (${code})`;
  }
}

function assertStopped(
  { exitCode, signal, killed }: Ending,
  { ready, stopped }: { readonly ready: boolean; readonly stopped: boolean },
): void {
  if (stopped && !killed) return;
  if (stopped) {
    throw new CliError('SERVER_FAILED', 'the server did not end after SIGTERM and was killed', {
      facts: { exitCode },
    });
  }
  const when = ready ? '' : ' before it was ready';
  const ended = signal === undefined ? `exit code ${exitCode}` : `exit code ${exitCode}, ${signal}`;
  throw new CliError('SERVER_FAILED', `the server ended unexpectedly${when} (${ended}): see its log`, {
    facts: { exitCode },
  });
}
