/**
 * Runs the half of a container that its command names. This package is the one place below the apps that reads the
 * process's arguments and variables, handles its signals and ends it: it stands in for an app of the author's.
 */

import { enableCompileCache } from 'node:module';
import process from 'node:process';

/** The modules of a project; what is left out, the container does not do. */
export interface Halves {
  /** The module that exports a training definition, or a program. */
  readonly training?: URL | undefined;
  /** The module that exports a predictor. */
  readonly predictor?: URL | undefined;
}

const usage = `usage: main.js train    trains, under /opt/ml or SAGEMAKER_BASE_DIR
       main.js serve    serves, on port 8080 or SAGEMAKER_BIND_TO_PORT
`;

/**
 * Does what the command line says, `train` or `serve`, as SageMaker starts a container, and ends the process with the
 * exit code: never resolves. Only the half that runs is loaded. SIGTERM, SIGINT and SIGHUP ask it to end, and so does the
 * end of a parent that has started it with a channel, as the command line does.
 *
 * Bundle it so that `training-child.js`, `program-hook.js` and `serving-worker.js` lie beside the module that calls
 * it, each an import of the entry of that name of `@optml/train` or `@optml/serve`: `@optml/bundle` does.
 *
 * @example
 * ```ts
 * import { runContainer } from '@optml/entrypoint';
 *
 * await runContainer({
 *   training: new URL('./train.js', import.meta.url),
 *   predictor: new URL('./predictor.js', import.meta.url),
 * });
 * ```
 */
export async function runContainer(halves: Halves): Promise<void> {
  const [argument] = process.argv.slice(2);
  // A job that brings ContainerArguments of its own replaces `train` with them; its variables still say what it is.
  const isOtherJob = argument !== 'serve' && Boolean(process.env.TRAINING_JOB_NAME);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(signal));
  }
  // The command line that has started it is gone, killed perhaps: nobody else would end it.
  process.once('disconnect', () => stop.abort('SIGHUP'));
  // Starts sooner the next time, wherever the cache can be written.
  enableCompileCache();
  // Exits instead of waiting: what a failed half has left open must not keep the container alive.
  process.exit(await runHalf(isOtherJob ? 'train' : argument, halves, stop.signal));
}

async function runHalf(
  command: string | undefined,
  { training, predictor }: Halves,
  signal: AbortSignal,
): Promise<number> {
  if (command === 'train' && training !== undefined) return train(training, signal);
  if (command === 'serve' && predictor !== undefined) return serve(predictor, signal);
  process.stderr.write(`${describeProblem(command)}\n${usage}`);
  return 2;
}

function describeProblem(command: string | undefined): string {
  if (command === undefined) return 'no command: expected train or serve';
  if (command === 'train') return 'this container does not train: it was built without a training module';
  if (command === 'serve') return 'this container does not serve: it was built without a predictor';
  return `unknown command ${JSON.stringify(command)}: expected train or serve`;
}

async function train(training: URL, signal: AbortSignal): Promise<number> {
  const { runTraining } = await import('@optml/train/run-training');
  outliveReaders();
  const { exitCode } = await runTraining(training, {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
    reapOrphans: process.pid === 1,
  });
  return exitCode;
}

async function serve(predictor: URL, signal: AbortSignal): Promise<number> {
  const { runServing } = await import('@optml/serve/run-serving');
  const exitCode = runServing(predictor, {
    environment: process.env,
    nodeArguments: process.execArgv,
    // Node takes as long to make the stream as the server to start its first worker, which goes first.
    get stdout() {
      return process.stdout;
    },
    signal,
  });
  outliveReaders();
  return exitCode;
}

/** The reader of the log may leave; that is not a reason to end. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
