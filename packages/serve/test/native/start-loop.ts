/** Starts servers of the native model that `install-native.sh` makes. */

import { fileURLToPath } from 'node:url';
import type { ServerOptions } from '@optml/serve';
import { startProgram } from '../start-process.ts';
import { readReply } from '../start-server.ts';

interface LoopOptions extends ServerOptions {
  /** Default `process`. */
  readonly isolation?: 'worker' | 'process';
  readonly workers: { readonly count: number };
}

/** Starts a server, and waits for all of its workers. */
export async function startLoop(options: LoopOptions) {
  const all = {
    isolation: 'process',
    modelDirectory: fileURLToPath(new URL('../../../../.optml/native', import.meta.url)),
    ...options,
    drain: { graceMs: 0, ...options.drain },
  };
  const server = startProgram('serve-fixture', '../native/loop', JSON.stringify(all));
  const { url } = JSON.parse(await server.readLine(/"ready"/)) as { readonly url: string };
  const headers = { 'content-type': 'application/json' };
  const areReady = new RegExp(`^optml_workers_ready ${options.workers.count}$`, 'm');
  while (!areReady.test(await (await fetch(`${url}/metrics`)).text()));
  return {
    server,
    url,
    invoke: (...words: readonly string[]) =>
      fetch(`${url}/invocations`, { method: 'POST', headers, body: JSON.stringify(words) }),
    stop() {
      server.kill('SIGTERM');
      return server.exited;
    },
  };
}

/** Reads the one prediction of a reply. */
export async function readPrediction(reply: Response): Promise<unknown> {
  return (await readReply(reply)).predictions?.[0];
}
