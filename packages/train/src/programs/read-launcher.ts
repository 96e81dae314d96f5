/** How many processes a program has on each host, and who starts them. */

import type { Resources } from '@optml/contract/resources';
import type { ClusterFacts } from '../cluster/cluster.ts';
import { TrainError } from '../errors.ts';
import { isOn } from '../hyperparameters/toolkit-hyperparameters.ts';
import type { MpiProcesses } from '../mpi/mpi-command.ts';
import { splitWords } from './split-words.ts';

export interface Launcher {
  /** The processes, or with `mpirun` the places for them, on each host; at least 1. */
  readonly processesPerHost: number;
  /**
   * How the leader's `mpirun` starts them on all hosts; undefined for processes that are started here, each with the
   * variables by which PyTorch's processes find one another.
   */
  readonly mpi: Pick<MpiProcesses, 'processCount' | 'customOptions'> | undefined;
}

/** Flags of the Python SDK's `distribution` that ask for one process per GPU. */
const torchFlags = ['sagemaker_torch_distributed_enabled', 'sagemaker_pytorch_ddp_enabled'] as const;

const perHostName = 'sagemaker_mpi_num_of_processes_per_host';
const countName = 'sagemaker_mpi_num_processes';
const optionsName = 'sagemaker_mpi_custom_mpi_options';
const groupsName = 'sagemaker_distribution_instance_groups';

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads the launcher from the `sagemaker_*` hyperparameters that the Python SDK's `distribution` makes.
 *
 * @throws TrainError `HYPERPARAMETER_INVALID` for a number of processes below 1, for options whose quotes are not
 * closed or that a shell would read, and for a distribution that leaves out an instance group.
 */
export function readLauncher(
  framework: Values,
  { resources, groups }: { readonly resources: Resources } & Pick<ClusterFacts, 'groups'>,
): Launcher {
  const perHost = readCount(framework, perHostName);
  const isMpi = isOn(framework.sagemaker_mpi_enabled);
  const isTorch = torchFlags.some((flag) => isOn(framework[flag]));
  if (isMpi || isTorch) assertAllGroups(framework, groups);
  const perDevice = Math.max(1, resources.gpuCount || resources.neuronCount);
  return {
    processesPerHost: perHost ?? (isMpi || isTorch ? perDevice : 1),
    mpi: isMpi
      ? { processCount: readCount(framework, countName), customOptions: readOptions(framework) }
      : undefined,
  };
}

function readCount(framework: Values, name: string): number | undefined {
  const value = framework[name];
  if (isEmpty(value)) return undefined;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw createProblem(name, value, ': expected a whole number from 1');
}

/** The Python toolkit splits them at blanks and has a shell read them; here nothing in them is executed. */
function readOptions(framework: Values): readonly string[] {
  const value = framework[optionsName];
  if (isEmpty(value)) return [];
  if (typeof value === 'object' || String(value).includes('\0')) {
    throw createProblem(optionsName, value, ': expected mpirun options as one text');
  }
  let words: readonly string[];
  try {
    words = forwardDebugLevel(splitWords(String(value)));
  } catch (error) {
    throw createProblem(optionsName, value, `, which ${(error as RangeError).message}`);
  }
  const word = words.find((text, index) => words[index - 1] !== '-x' && !isPlain(text));
  if (word === undefined) return words;
  const problem = `: a shell on the other hosts would interpret ${JSON.stringify(word)}; only the values of -x may contain quotes, $, * and the like`;
  throw createProblem(optionsName, value, problem);
}

/** `mpirun` hands options on to the other hosts in a command line for their shell; variables go another way. */
function isPlain(word: string): boolean {
  return /^[\w .,:/^=+@%-]*$/.test(word);
}

/** `--NCCL_DEBUG LEVEL` is the Python toolkit's own option, for a variable of the processes. */
function forwardDebugLevel(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => /^--NCCL_DEBUG(=|$)/.test(word));
  if (at === -1) return words;
  const [, level] = /=(.*)/.exec(words[at] as string) ?? [];
  const end = level === undefined ? at + 2 : at + 1;
  return [...words.slice(0, at), '-x', `NCCL_DEBUG=${level ?? words[at + 1] ?? ''}`, ...words.slice(end)];
}

function assertAllGroups(framework: Values, groups: ClusterFacts['groups']): void {
  const value = framework[groupsName];
  if (isEmpty(value)) return;
  const named = Array.isArray(value) ? value : [value];
  const left = groups.filter(({ name }) => !named.includes(name)).map(({ name }) => name);
  if (left.length === 0) return;
  const advice = 'the program always starts on all hosts: name all instance groups, or leave it out';
  throw createProblem(groupsName, value, `, which leaves out ${left.join(', ')}; ${advice}`);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function createProblem(name: string, value: unknown, problem: string): TrainError {
  const message = `hyperparameter ${name} is ${JSON.stringify(value)}${problem}`;
  return new TrainError('HYPERPARAMETER_INVALID', message);
}
