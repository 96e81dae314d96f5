/** The reference container as SageMaker runs it, without a container around it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The folder of the application, which is built. */
const container = fileURLToPath(new URL('..', import.meta.url));

interface TreeOptions {
  readonly hyperparameters?: Readonly<Record<string, string>>;
  /** This host and all hosts. */
  readonly host?: string;
  readonly hosts?: readonly string[];
}

/** Makes the tree of a training job on the Iris data, in place of `/opt/ml`. */
export async function makeTree(
  directory: string,
  { hyperparameters = { max_depth: '"4"' }, host = 'algo-1', hosts = [host] }: TreeOptions = {},
) {
  const config = join(directory, 'input/config');
  await mkdir(config, { recursive: true });
  await cp(join(container, 'data/iris/training'), join(directory, 'input/data/training'), {
    recursive: true,
  });
  await cp(join(container, 'data/iris/validation'), join(directory, 'input/data/validation'), {
    recursive: true,
  });
  await writeFile(join(config, 'hyperparameters.json'), JSON.stringify(hyperparameters));
  await writeFile(
    join(config, 'inputdataconfig.json'),
    JSON.stringify({
      training: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', ContentType: 'text/csv' },
      validation: { TrainingInputMode: 'File' },
    }),
  );
  await writeFile(
    join(config, 'resourceconfig.json'),
    JSON.stringify({ current_host: host, hosts, network_interface_name: 'eth0', topology: null }),
  );
  for (const folder of ['model', 'output/data']) await mkdir(join(directory, folder), { recursive: true });
}

/** Starts `main.js` with a command on a tree; the port is any that is free. */
export function start(command: readonly string[], directory: string, variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(container, 'dist/main.js'), ...command], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SAGEMAKER_BASE_DIR: directory,
      SAGEMAKER_BIND_TO_PORT: '0',
      OPTML_DRAIN_GRACE_MS: '0',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

/** Runs it to its end. */
export async function run(
  command: readonly string[],
  directory: string,
  variables: Record<string, string> = {},
) {
  const { child, output } = start(command, directory, variables);
  const [exitCode] = await once(child, 'close');
  return { exitCode, output: output() };
}

/** Resolves when the output matches. */
export async function waitForLine(
  child: ChildProcess,
  output: () => string,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  for (;;) {
    const match = pattern.exec(output());
    if (match !== null) return match;
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  }
}
