/** `optml dev`: serves the project, and starts again whenever a file is saved or the model changes. */

import { join, resolve } from 'node:path';
import { type Paths, resolvePaths } from '@optml/contract/paths';
import { writeExampleRequest } from '../dev/example-request.ts';
import { openFront } from '../dev/front.ts';
import { watchModel } from '../dev/watch-model.ts';
import { watchProject } from '../dev/watch-project.ts';
import { CliError } from '../errors.ts';
import type { Context } from '../process/context.ts';
import { ownFolder } from '../project/bundle-current.ts';
import { findManagerProblem } from '../project/find-manager-problem.ts';
import { openProject } from '../project/open-project.ts';
import { resolveProjectCommand } from '../project/project-command.ts';
import { refusePort, type StartedServer, startServer } from '../server/start-server.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml dev`. */
export interface DevOptions {
  readonly root?: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** JSON Lines: one when it is ready, for each change, and the result at the end. */
  readonly json?: true;
}

/**
 * Serves the project of the current folder until a signal, and prints its address and a request to try. When a file is
 * saved, or the model changes, a new server starts beside the running one and takes its place once it is ready; the old
 * one answers what it was asked, and ends. One that cannot start changes nothing: its reason is printed. Without a model,
 * it waits for one.
 *
 * @throws CliError what opening the project throws, `PORT_TAKEN`
 */
export async function dev(options: DevOptions, context: Context): Promise<void> {
  const { workingDirectory, stdout, stderr, stop } = context;
  const directory = await openInstalled(context);
  const front = await openPort(options.port);
  const paths = resolvePaths(resolve(workingDirectory, options.root ?? join(directory, ownFolder, 'ml')));
  const changes = await watchChanges(directory, paths, stop);
  let current: StartedServer | undefined;
  let loads = 0;
  const load = async () => {
    loads += 1;
    // The server before still reads its own.
    const folder = `dev-${loads % 2}`;
    const container = await resolveProjectCommand(undefined, 'serve', { workingDirectory, stderr, folder });
    changes.watch(container.outside);
    const server = await startServer(container, { ...context, root: paths.root, port: 0 });
    server.ended.catch(async ({ message }: Error) => {
      await writeProse(stderr, `${message}; save a file to start it again`);
      if (server === current) await front.switchTo({ reason: message });
    });
    const old = current;
    current = server;
    await front.switchTo(server);
    await old?.stop().catch(() => {});
    return server;
  };
  const showExample = async (server: string) => {
    const example = await writeExampleRequest(front.url, { server, signal: stop });
    await writeProse(stderr, `try it in a browser, or in another terminal: ${example}`);
  };
  try {
    const first = await load().catch(async (error: CliError) => {
      if (error.code !== 'MODEL_MISSING') throw error;
      await front.switchTo({ reason: error.message });
      await writeProse(stderr, `${error.message}; it is served as soon as it is there`);
      return undefined;
    });
    if (stop.aborted) return;
    await writeTo(stdout, options.json === true ? writeEvent('ready', { url: front.url }) : `${front.url}\n`);
    if (first !== undefined) await showExample(first.url);
    while (await changes.next()) {
      try {
        const isFirst = current === undefined;
        const { url } = await load();
        await writeProse(stderr, 'reloaded');
        if (options.json === true) await writeTo(stdout, writeEvent('reloaded', {}));
        if (isFirst) await showExample(url);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (options.json === true) await writeTo(stdout, writeEvent('failed', { message: error.message }));
        const state = current === undefined ? 'no server has started yet' : 'the last server goes on';
        await writeProse(stderr, `${error.message}\noptml: ${state}; save again to try again`);
      }
    }
  } finally {
    await front.close();
    await current?.stop().catch(() => {});
  }
  if (options.json === true) await writeResult(stdout, { url: front.url });
}

/** Opens the project; what its package manager has not done is said now. */
async function openInstalled({ workingDirectory, stderr }: Context): Promise<string> {
  const { directory } = await openProject(workingDirectory);
  const problem = await findManagerProblem(directory);
  if (problem !== undefined) await writeProse(stderr, problem.message);
  return directory;
}

function writeEvent(event: string, facts: object): string {
  return `${JSON.stringify({ event, ...facts })}\n`;
}

function openPort(port: number) {
  return openFront(port).catch((cause) => Promise.reject(refusePort(port, cause)));
}

/** What is saved while nobody waits counts as one change. */
async function watchChanges(directory: string, paths: Paths, stop: AbortSignal) {
  let isChanged = false;
  let wake = () => {};
  const notice = () => {
    isChanged = true;
    wake();
  };
  const watched = new Set<string>();
  const watch = (folders: readonly string[] = []) => {
    for (const folder of folders) {
      if (watched.has(folder)) continue;
      watched.add(folder);
      watchProject(folder, { except: paths.root, signal: stop, onChange: notice });
    }
  };
  watch([directory]);
  await watchModel(paths, { signal: stop, onChange: notice });
  stop.addEventListener('abort', notice, { once: true });
  return {
    watch,
    /** Resolves to true with the next change, and to false with the signal. */
    async next(): Promise<boolean> {
      while (!isChanged) await new Promise<void>((resolve) => (wake = resolve));
      isChanged = false;
      return !stop.aborted;
    },
  };
}
