/** The requests of the platform and of its clients to a server with adapters. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerOptions } from '@optml/serve';
import { startReadyServer } from './start-server.ts';

const headers = { 'content-type': 'application/json' };

/** Starts a server of adapters; its folder of adapters is below its model directory. */
export async function startAdapters(options: ServerOptions = {}) {
  const started = await startReadyServer('adapters', options);
  const { server, modelDirectory } = started;
  const at = (name: string) => `${server.url}/adapters/${encodeURIComponent(name)}`;
  return {
    ...started,
    /** Gives the src of an adapter. */
    async addAdapter(folder: string, weights: { readonly factor: number; readonly command?: string }) {
      const src = join(modelDirectory, 'adapters', folder);
      await mkdir(src, { recursive: true });
      await writeFile(join(src, 'weights.json'), JSON.stringify(weights));
      return src;
    },
    load: (name: unknown, src: unknown, more: object = {}) =>
      fetch(`${server.url}/adapters`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ name, src, ...more }),
      }),
    list: async (query = '') => await (await fetch(`${server.url}/adapters${query}`)).json(),
    find: (name: string) => fetch(at(name)),
    unload: (name: string) => fetch(at(name), { method: 'DELETE' }),
    predict: (name: string | undefined, body: unknown, more: Record<string, string> = {}) =>
      started.invoke(JSON.stringify(body), {
        ...headers,
        ...(name !== undefined && { 'x-amzn-sagemaker-adapter-identifier': name }),
        ...more,
      }),
    readMetrics: async () => await (await fetch(`${server.url}/metrics`)).text(),
  };
}
