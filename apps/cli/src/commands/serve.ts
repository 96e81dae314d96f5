/** `optml serve`: the container's server on this machine, from its start to a signal. */

import type { Context } from '../process/context.ts';
import { resolveProjectCommand } from '../project/project-command.ts';
import { startServer } from '../server/start-server.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml serve`. */
export interface ServeOptions {
  readonly root?: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Serves what requests load, below `models` of the root. */
  readonly multiModel?: true;
  /** JSON Lines: one when it is ready, and the result at the end. */
  readonly json?: true;
}

/**
 * Starts the container's server, prints its address once `/ping` answers 200, and stays until a
 * signal or the server's end.
 *
 * @throws CliError `MODEL_MISSING`, `PORT_TAKEN`, `COMMAND_NOT_STARTED`, or `SERVER_FAILED` when the
 * server ends without having been asked to, or has to be killed.
 */
export async function serve(
  options: ServeOptions,
  command: readonly string[] | undefined,
  context: Context,
): Promise<void> {
  const container = await resolveProjectCommand(command, 'serve', context);
  const server = await startServer(container, { ...context, ...options });
  const { url, port, ready } = server;
  const line = options.json === true ? JSON.stringify({ event: 'ready', url, port }) : url;
  if (ready) await writeTo(context.stdout, `${line}\n`);
  await server.ended;
  if (options.json === true) await writeResult(context.stdout, { url, port });
}
