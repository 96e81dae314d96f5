/** Hands this process's surroundings to the inference server. Leave it as it is. */

import process from 'node:process';
import { createLog, readHostingEnvironment, resolvePaths } from '@optml/contract';
import { createApp } from '@optml/serve';

/** Serves with `predictor.ts` until `signal` aborts, and gives the exit code. */
export async function runServe(signal: AbortSignal): Promise<number> {
  const writeLine = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const { root, port, defaultAccept, logLevel, logFormat } = readHostingEnvironment(process.env);
    const log = createLog(writeLine, { minimumLevel: logLevel, format: logFormat });
    const { listen } = createApp(new URL('./predictor.js', import.meta.url), {
      modelDirectory: resolvePaths(root).model,
      defaultAccept,
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
    createLog(writeLine, { minimumLevel: 0 }).error(`serving failed: ${(error as Error).message}`);
    return 1;
  }
}
