/** Starts servers of several models for tests, and speaks to them as the platform does. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerOptions } from '@optml/serve';
import { onTestFinished } from 'vitest';
import { startReadyServer } from './start-server.ts';

interface ListReply {
  readonly models: readonly { readonly modelName: string; readonly modelUrl: string }[];
  readonly nextPageToken?: string;
}

/** Makes a folder as the platform fills it: each model is below a name of its own. */
export async function makeModels() {
  const modelsDirectory = await mkdtemp(join(tmpdir(), 'optml-models-'));
  onTestFinished(() => rm(modelsDirectory, { recursive: true, force: true }));
  /** Gives the url of a model with one file. */
  const addModel = async (folder: string, line = { slope: 1, offset: 0 }): Promise<string> => {
    const url = join(modelsDirectory, folder, 'model');
    await mkdir(url, { recursive: true });
    await writeFile(join(url, 'line.json'), JSON.stringify(line));
    return url;
  };
  return { modelsDirectory, addModel };
}

/** The requests of the platform to a server of several models. */
export function connectToModels(serverUrl: string) {
  const at = (name: string) => `${serverUrl}/models/${encodeURIComponent(name)}`;
  const headers = { 'content-type': 'application/json' };
  return {
    load: (name: unknown, url: unknown) =>
      fetch(`${serverUrl}/models`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model_name: name, url }),
      }),
    list: async (query = '') => (await (await fetch(`${serverUrl}/models${query}`)).json()) as ListReply,
    find: (name: string) => fetch(at(name)),
    unload: (name: string) => fetch(at(name), { method: 'DELETE' }),
    invoke: (name: string, body: string, more: Record<string, string> = {}) =>
      fetch(`${at(name)}/invoke`, { method: 'POST', headers: { ...headers, ...more }, body }),
  };
}

/** Starts the server of a fixture with no model loaded. */
export async function startModels(fixture: string, options: ServerOptions = {}) {
  const { modelsDirectory, addModel } = await makeModels();
  const multiModel = { modelsDirectory, ...options.multiModel };
  const started = await startReadyServer(fixture, { ...options, multiModel });
  return { ...started, addModel, modelsDirectory, ...connectToModels(started.server.url) };
}
