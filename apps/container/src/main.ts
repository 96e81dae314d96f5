/** The container's entry point: `main.js train` or `main.js serve`, as SageMaker runs it. Leave it as it is. */

import { enableCompileCache } from 'node:module';
import process from 'node:process';

const usage = `usage: main.js train    trains, under /opt/ml or SAGEMAKER_BASE_DIR
       main.js serve    serves, on port 8080 or SAGEMAKER_BIND_TO_PORT
`;

const [argument] = process.argv.slice(2);
// A job that brings ContainerArguments of its own replaces `train` with them; its variables still say what it is.
const isOtherJob = argument !== 'serve' && Boolean(process.env.TRAINING_JOB_NAME);
const command = isOtherJob ? 'train' : argument;
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
// Whoever reads the log may leave; that is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Starts sooner the next time, wherever the cache can be written.
enableCompileCache();

// Exits instead of waiting: what a failed half has left open must not keep the container alive.
process.exit(await run(command));

/** Each command loads its own half: training needs no server, and starts the sooner for it. */
async function run(name: string | undefined): Promise<number> {
  if (name === 'train') return (await import('./run-train.ts')).runTrain(stop.signal);
  if (name === 'serve') return (await import('./run-serve.ts')).runServe(stop.signal);
  const problem = name === undefined ? 'no command' : `unknown command ${JSON.stringify(name)}`;
  process.stderr.write(`${problem}: expected train or serve\n${usage}`);
  return 2;
}
