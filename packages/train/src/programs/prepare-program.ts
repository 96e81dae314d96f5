/** Gets everything ready for a program of the job's: its file, its variables, its arguments. */

import type { Resources } from '@optml/contract/resources';
import { type ClusterFacts, describeCluster } from '../cluster/cluster.ts';
import { combineProblems, TrainError } from '../errors.ts';
import type { DecodedText } from '../hyperparameters/decode-text.ts';
import { findRefusedHyperparameters } from '../hyperparameters/toolkit-hyperparameters.ts';
import { startVariable } from '../job/child-start.ts';
import { type JobSurroundings, openJob } from '../job/open-job.ts';
import type { MpiLaunch } from '../mpi/run-mpi.ts';
import { createProgramCommand, identifyProgram, type ProgramKind } from './create-program-command.ts';
import { findProgram } from './find-program.ts';
import type { ProcessCommand } from './process-command.ts';
import { createProgramEnvironment } from './program-environment.ts';
import { readLauncher } from './read-launcher.ts';
import { createTorchrunEnvironments } from './torchrun-environment.ts';

export interface ProgramJob extends Pick<JobSurroundings, 'paths' | 'environment' | 'writeLine'> {
  /** What the job or the image names: a path in the source folder, or an absolute one. */
  readonly name: string;
  readonly resources: Resources;
  /** Chooses the arguments of Node in front of a JavaScript program, for so many processes on this host. */
  readonly nodeArguments: (processesPerHost: number) => readonly string[];
  /** For the hook in a JavaScript program, should it turn out to be a definition. */
  readonly start: string;
}

export interface PreparedProgram {
  /** One for each process of this host; with `mpirun` the one that it starts everywhere. */
  readonly commands: readonly [ProcessCommand, ...ProcessCommand[]];
  readonly mpi?: MpiLaunch | undefined;
  /** They share the memory. */
  readonly processesPerHost: number;
  readonly program: { readonly path: string; readonly kind: ProgramKind };
}

/**
 * Prepares a program.
 *
 * @throws ContractError when the platform's files or variables cannot be used.
 * @throws TrainError `PROGRAM_MISSING`, `PROGRAM_INVALID` or `SOURCE_INVALID`.
 */
export async function prepareProgram(job: ProgramJob): Promise<PreparedProgram> {
  const { paths, resources } = job;
  const { configuration, settings, hyperparameters } = await openJob({
    ...job,
    beginsLog: true,
    runs: 'program',
  });
  const [refused, ...others] = findRefusedHyperparameters(hyperparameters.framework);
  if (refused !== undefined) throw combineProblems([refused, ...others]);
  assertPassable(hyperparameters.texts);
  const facts = describeCluster(configuration.resourceConfig);
  const launcher = readLauncher(hyperparameters.framework, { resources, groups: facts.groups });
  const { program, sourceDirectory } = await findProgram({
    name: job.name,
    submitDirectory:
      hyperparameters.toolkit.sagemaker_submit_directory ?? job.environment.SAGEMAKER_SUBMIT_DIRECTORY,
    paths,
  });
  const kind = identifyProgram(program);
  const argv = createProgramArguments(hyperparameters.texts, kind === 'node' ? 'json' : 'python');
  const variables = createProgramEnvironment({
    paths,
    configuration,
    environment: settings,
    hyperparameters,
    resources,
    program,
    sourceDirectory,
    argv,
  });
  const command = await createProgramCommand({
    program,
    sourceDirectory,
    argv,
    nodeArguments: job.nodeArguments(launcher.processesPerHost),
    environment: { ...job.environment, ...variables, ...adapt(job, sourceDirectory, kind) },
  });
  const { processesPerHost, mpi } = launcher;
  return {
    commands: mpi === undefined ? multiply(command, facts, processesPerHost) : [command],
    mpi: mpi && { facts, processesPerHost, ...mpi },
    processesPerHost,
    program: { path: program, kind },
  };
}

/** What cannot be an argument and a variable as it is must not become one that is nearly the same. */
function assertPassable(texts: Readonly<Record<string, DecodedText>>): void {
  for (const [name, { plain }] of Object.entries(texts)) {
    const problem = findProblem(name, plain);
    if (problem === undefined) continue;
    const message = `hyperparameter ${JSON.stringify(name)} ${problem}`;
    throw new TrainError('HYPERPARAMETER_INVALID', message);
  }
}

function findProblem(name: string, plain: string): string | undefined {
  if (name === '') return 'has no name, so it cannot be passed to a program: name it, or leave it out';
  // The kernel ends both at the first NUL. In a list or an object it is escaped, as is half of a character.
  if (`${name}${plain}`.includes('\0'))
    return 'contains a NUL character, which cannot be passed to a program: leave it out';
  if (name.isWellFormed() && plain.isWellFormed()) return undefined;
  return 'contains half of a surrogate pair, which cannot be passed to a program: write the whole character';
}

/**
 * Lists `--name value` in the order of the platform; one-letter names become `-n value`. No shell reads them, so nothing
 * in them can be executed. A value is the text as it was delivered, less one layer of JSON string quoting. As with the
 * Python toolkit `null` is an empty text, and `true` and `false` are `True` and `False`, which is what Python programs
 * compare with, unless the style is `json`.
 */
function createProgramArguments(
  texts: Readonly<Record<string, DecodedText>>,
  style: 'json' | 'python',
): readonly string[] {
  return Object.entries(texts).flatMap(([name, text]) => [
    [...name].length === 1 ? `-${name}` : `--${name}`,
    formatArgument(text, style),
  ]);
}

function formatArgument({ plain, json }: DecodedText, style: 'json' | 'python'): string {
  const word = json?.kind === 'word' ? json.text : undefined;
  if (word === 'null') return '';
  if (word === 'true' && style === 'python') return 'True';
  if (word === 'false' && style === 'python') return 'False';
  return plain;
}

/** One process alone needs no word about others. */
function multiply(
  command: ProcessCommand,
  facts: ClusterFacts,
  processesPerHost: number,
): readonly [ProcessCommand, ...ProcessCommand[]] {
  if (facts.hosts.length * processesPerHost === 1) return [command];
  const [first, ...others] = createTorchrunEnvironments(facts, processesPerHost).map((variables) => ({
    ...command,
    environment: { ...variables, ...command.environment },
  }));
  return [first as ProcessCommand, ...others];
}

function adapt({ environment, start }: ProgramJob, sourceDirectory: string, kind: ProgramKind) {
  if (kind === 'node') return { [startVariable]: start };
  if (kind !== 'python') return {};
  return {
    // Python programs import their neighbours wherever they are started.
    PYTHONPATH: [sourceDirectory, environment.PYTHONPATH].filter(Boolean).join(':'),
    // Buffered, the log would come in blocks, and the last of it not at all.
    PYTHONUNBUFFERED: environment.PYTHONUNBUFFERED || '1',
  };
}
