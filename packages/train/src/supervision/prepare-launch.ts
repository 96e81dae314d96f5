/** Decides what a job runs: the image's definition, or a program that the image or the job names. */

import { extname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Resources, readOomKills, readResources } from '@optml/contract/resources';
import { decodeText } from '../hyperparameters/decode-text.ts';
import type { ChildStart } from '../job/child-start.ts';
import type { JobContext } from '../job/job-context.ts';
import type { ProgramKind } from '../programs/create-program-command.ts';
import type { PreparedProgram } from '../programs/prepare-program.ts';
import { chooseHeap } from '../resources/choose-heap.ts';
import type { TrainingEntries, TrainingOptions } from './training-options.ts';

/** A job, and the modules that it is started with. */
export interface Job extends JobContext, Pick<TrainingOptions, 'lingerMs' | 'blockedAfterMs'> {
  readonly training: URL;
  readonly entries: TrainingEntries;
}

/** What to start, and the facts that explain its ending. */
export interface Launch extends Omit<PreparedProgram, 'program'> {
  readonly program: { readonly path: string; readonly kind: 'definition' | ProgramKind };
  readonly resources: Resources;
  /** Undefined where Node's own default holds. */
  readonly heapLimitMiB: number | undefined;
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
  const { limitMiB: heapLimitMiB } = choose(prepared.processesPerHost);
  return { ...prepared, resources, heapLimitMiB, oomKillsBefore };
}

function readProgramName(
  hyperparameters: Job['hyperparameters'],
  environment: Job['environment'],
): string | undefined {
  const { sagemaker_program: text = '' } = hyperparameters;
  return decodeText(text).plain || environment.SAGEMAKER_PROGRAM || undefined;
}

function imageProgram(training: URL): string | undefined {
  const path = fileURLToPath(training);
  return moduleSuffixes.includes(extname(path)) ? undefined : path;
}

function prepareDefinition(
  { training, entries, environment, stopTimeoutMs, lingerMs }: Job,
  nodeArguments: readonly string[],
) {
  const start: ChildStart = { stopTimeoutMs, lingerMs };
  return {
    commands: [
      {
        file: process.execPath,
        arguments: [...nodeArguments, fileURLToPath(entries.child), training.href, JSON.stringify(start)],
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
  { entries, paths, environment, stopTimeoutMs, lingerMs, writeLine }: Job,
  resources: Resources,
  chooseNodeArguments: (processesPerHost: number) => readonly string[],
) {
  const programs = await import('../programs/prepare-program.ts');
  const start: ChildStart = { stopTimeoutMs, lingerMs, hasLogBegun: true };
  return programs.prepareProgram({
    name,
    paths,
    environment,
    resources,
    writeLine,
    // A program prints its own stacks, so Node has to map them.
    nodeArguments: (count) => [
      ...chooseNodeArguments(count),
      '--enable-source-maps',
      '--import',
      entries.hook.href,
    ],
    start: JSON.stringify(start),
  });
}
