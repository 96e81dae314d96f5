/** How many processes a program has on each host, and who starts them. */

import type { Resources } from '@optml/contract/resources';
import { TrainError } from '../errors.ts';

/**
 * `processes`: started here, each with the variables by which PyTorch's processes find one another.
 * `mpi`: started on all hosts by the leader's `mpirun`.
 */
export interface Launcher {
  readonly kind: 'processes' | 'mpi';
  /** At least 1. */
  readonly processesPerHost: number;
}

/** Flags of the Python SDK's `distribution` that ask for one process per GPU. */
const torchFlags = ['sagemaker_torch_distributed_enabled', 'sagemaker_pytorch_ddp_enabled'] as const;

const countName = 'sagemaker_mpi_num_of_processes_per_host';

/**
 * Reads the launcher from the `sagemaker_*` hyperparameters that the Python SDK's `distribution` makes.
 *
 * @throws TrainError `HYPERPARAMETER_INVALID` for a number of processes that is none.
 */
export function readLauncher(framework: Readonly<Record<string, unknown>>, resources: Resources): Launcher {
  const count = readCount(framework[countName]);
  const perDevice = Math.max(1, resources.gpuCount);
  if (isOn(framework.sagemaker_mpi_enabled)) return { kind: 'mpi', processesPerHost: count ?? perDevice };
  const isTorch = torchFlags.some((flag) => isOn(framework[flag]));
  return { kind: 'processes', processesPerHost: count ?? (isTorch ? perDevice : 1) };
}

function readCount(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  const message = `hyperparameter ${countName} is ${JSON.stringify(value)}: expected a whole number from 1`;
  throw new TrainError('HYPERPARAMETER_INVALID', message);
}

function isOn(value: unknown): boolean {
  return value === true || /^(true|1)$/i.test(String(value));
}
