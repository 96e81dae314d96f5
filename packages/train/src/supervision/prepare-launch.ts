/** Decides what a job runs: the image's definition, or a program that the image or the job names. */

import { extname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@optml/contract';
import type { Paths } from '@optml/contract/paths';
import { type Resources, readOomKills, readResources } from '@optml/contract/resources';
import type { ChildStart } from '../child/run-in-child.ts';
import type { ProgramKind } from '../failures/explanation.ts';
import { decodeText } from '../hyperparameters/decode-text.ts';
import { chooseHeap } from '../resources/choose-heap.ts';
import type { MpiLaunch } from './supervise-mpi.ts';
import type { ProcessCommand } from './supervise-process.ts';

export interface Job {
  readonly training: URL;
  readonly paths: Paths;
  readonly environment: Environment;
  /** The texts of `hyperparameters.json` as far as they could be read. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly stopTimeoutMs: number;
  /** Writes to the log. */
  readonly writeLine: (line: string) => void;
}

/** What to start, and the facts that explain its ending. */
export interface Launch {
  /** One for each process of this host; with `mpi` the one that the leader starts everywhere. */
  readonly commands: readonly [ProcessCommand, ...ProcessCommand[]];
  readonly mpi?: MpiLaunch;
  readonly processesPerHost: number;
  readonly program: { readonly path: string; readonly kind: ProgramKind };
  readonly resources: Resources;
  /** Undefined where Node's own default holds. */
  readonly heapLimitMb: number | undefined;
  readonly oomKillsBefore: number | undefined;
}

/** Suffixes of modules, which export a definition; a URL with any other names a program. */
const moduleSuffixes = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/**
 * Prepares the launch.
 *
 * @throws TrainError and ContractError of `prepareProgram`.
 */
export async function prepareLaunch(job: Job): Promise<Launch> {
  const { training, environment, hyperparameters } = job;
  const resources = readResources({ environment });
  const oomKillsBefore = readOomKills();
  const name = readProgramName(hyperparameters, environment) ?? imageProgram(training);
  const choose = (processesPerHost: number) => chooseHeap(environment, resources, processesPerHost);
  const prepared =
    name === undefined
      ? prepareDefinition(job, choose(1).nodeArguments)
      : await prepareProgram(name, job, resources, (count) => choose(count).nodeArguments);
  const { limitMb: heapLimitMb } = choose(prepared.processesPerHost);
  return { ...prepared, resources, heapLimitMb, oomKillsBefore };
}

function readProgramName(
  hyperparameters: Job['hyperparameters'],
  environment: Environment,
): string | undefined {
  const { sagemaker_program: text = '' } = hyperparameters;
  return decodeText(text).plain || environment.SAGEMAKER_PROGRAM || undefined;
}

function imageProgram(training: URL): string | undefined {
  const path = fileURLToPath(training);
  return moduleSuffixes.includes(extname(path)) ? undefined : path;
}

function prepareDefinition({ training, environment, stopTimeoutMs }: Job, nodeArguments: readonly string[]) {
  const start: ChildStart = { stopTimeoutMs };
  const child = fileURLToPath(new URL('./training-child.js', import.meta.url));
  return {
    commands: [
      {
        file: process.execPath,
        arguments: [...nodeArguments, child, training.href, JSON.stringify(start)],
        environment,
        hasChannel: true,
        output: 'socket',
      },
    ] as const,
    processesPerHost: 1,
    program: { path: fileURLToPath(training), kind: 'definition' as const },
  };
}

async function prepareProgram(
  name: string,
  { paths, environment, stopTimeoutMs, writeLine }: Job,
  resources: Resources,
  chooseNodeArguments: (processesPerHost: number) => readonly string[],
) {
  const programs = await import('../programs/prepare-program.ts');
  const start: ChildStart = { stopTimeoutMs, hasLogBegun: true };
  const hook = new URL('./program-hook.js', import.meta.url).href;
  return programs.prepareProgram({
    name,
    paths,
    environment,
    resources,
    writeLine,
    // A program prints its own stacks, so Node has to map them.
    nodeArguments: (count) => [...chooseNodeArguments(count), '--enable-source-maps', '--import', hook],
    start: JSON.stringify(start),
  });
}
