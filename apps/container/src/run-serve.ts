/** Hands this process's surroundings to the inference server. Leave it as it is. */

import { tmpdir } from 'node:os';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { createLog, type HostingEnvironment, readHostingEnvironment, resolvePaths } from '@optml/contract';
import { createApp, type ServerOptions } from '@optml/serve';

/** Serves with `predictor.ts` until `signal` aborts, and gives the exit code. */
export async function runServe(signal: AbortSignal): Promise<number> {
  // What a request leaves behind dies young: a larger nursery would cost 100 MB, and longer pauses.
  setFlagsFromString('--semi-space-growth-factor=1');
  const writeLine = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const environment = readHostingEnvironment(process.env);
    const { root, port, defaultAccept, logLevel, logFormat } = environment;
    const log = createLog(writeLine, { minimumLevel: logLevel, format: logFormat });
    const { listen } = createApp(new URL('./predictor.js', import.meta.url), {
      modelDirectory: resolvePaths(root).model,
      defaultAccept,
      ...chooseBatchOptions(environment),
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
    createLog(writeLine, {
      minimumLevel: 0,
      format: process.env.OPTML_LOG_FORMAT === 'json' ? 'json' : 'text',
    }).error(`serving failed: ${(error as Error).message}`);
    return 1;
  }
}

const mebibyte = 1024 ** 2;
/** What is larger waits on disk. */
const inMemoryBytes = 8 * mebibyte;

/** A transform job may send bodies of 100 MB, or of any size: those go to disk while they wait. */
function chooseBatchOptions({ batch, maxPayloadMb }: HostingEnvironment): Partial<ServerOptions> {
  if (!batch) return {};
  const spill = { directory: tmpdir(), aboveBytes: inMemoryBytes };
  if (maxPayloadMb === undefined) return { batch, spill };
  const maximumBodyBytes = maxPayloadMb === 0 ? Number.MAX_SAFE_INTEGER : maxPayloadMb * mebibyte;
  return { batch, spill, maximumBodyBytes };
}
