/** Starts servers for tests on ports that the system chooses, and cleans up after them. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type App, createApp, type RunningServer, type ServerOptions } from '@optml/serve';
import { onTestFinished } from 'vitest';
import { openTestChannel } from './test-channel.ts';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface StartedServer {
  readonly app: App;
  readonly server: RunningServer;
  readonly modelDirectory: string;
  readonly lines: readonly LogLine[];
  /** All that the fixture has said so far. */
  messages(): readonly string[];
  /** Sends to the fixture. */
  tell(message: string): void;
  /** Waits until a message of the fixture has come so many times; those before the call count. */
  heard(message: string, times?: number): Promise<void>;
  invoke(body: RequestInit['body'], headers?: Record<string, string>, init?: RequestInit): Promise<Response>;
}

interface StartOptions extends ServerOptions {
  readonly prepare?: (app: App) => void;
  readonly prepareDirectory?: (modelDirectory: string) => Promise<void>;
  readonly port?: number;
}

/** Starts the server of a fixture without waiting for its model. */
export async function startServer(
  fixture: string,
  { prepare, prepareDirectory, port = 0, ...options }: StartOptions = {},
): Promise<StartedServer> {
  const modelDirectory = await mkdtemp(join(tmpdir(), 'optml-serve-'));
  await prepareDirectory?.(modelDirectory);
  const lines: LogLine[] = [];
  const channel = await openTestChannel(modelDirectory);
  const app = createApp(new URL(`./fixtures/${fixture}.ts`, import.meta.url), {
    modelDirectory,
    log: collect(lines),
    ...options,
    workers: { count: 1, ...options.workers },
    drain: { graceMs: 0, ...options.drain },
  });
  prepare?.(app);
  const server = await app.listen({ port, host: '127.0.0.1' });
  onTestFinished(async () => {
    await server.close();
    channel.close();
    await rm(modelDirectory, { recursive: true });
  });
  return {
    app,
    server,
    modelDirectory,
    lines,
    messages: () => channel.messages,
    tell: channel.tell,
    heard: channel.heard,
    invoke: (body, headers = { 'content-type': 'application/json' }, init = {}) =>
      fetch(`${server.url}/invocations`, { method: 'POST', body: body ?? null, headers, ...init }),
  };
}

/** Starts the server of a fixture and waits for its model. */
export async function startReadyServer(
  ...arguments_: Parameters<typeof startServer>
): Promise<StartedServer> {
  const started = await startServer(...arguments_);
  await started.server.ready();
  return started;
}

function collect(lines: LogLine[]): Required<ServerOptions>['log'] {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** What a JSON reply of the server can hold. */
interface ReplyBody {
  readonly predictions: readonly unknown[];
  readonly error: { readonly code: string; readonly message: string };
}

/** Reads a JSON reply. */
export async function readReply(response: Response): Promise<ReplyBody> {
  return (await response.json()) as ReplyBody;
}

/** Asks until the health check says so: the platform does the same. */
export async function waitForPing(url: string, status: number): Promise<void> {
  while ((await fetch(`${url}/ping`)).status !== status) await pause(lookMs);
}

/** Waits until so many workers have loaded the model. */
export async function waitForWorkers(url: string, count: number): Promise<void> {
  const isReady = async () =>
    (await (await fetch(`${url}/metrics`)).text()).includes(`\noptml_workers_ready ${count}\n`);
  while (!(await isReady())) await pause(lookMs);
}

/** Short beside the start of a worker, and long enough to leave it the processor. */
const lookMs = 5;

/** Asks until two workers have answered a fixture that says which one it is. */
export async function bothWorkersAnswer(invoke: (body: string) => Promise<Response>): Promise<void> {
  const workers = new Set<unknown>();
  while (workers.size < 2) {
    const replies = await Promise.all([invoke('["worker"]'), invoke('["worker"]')]);
    for (const reply of replies) workers.add((await readReply(reply)).predictions[0]);
  }
}
