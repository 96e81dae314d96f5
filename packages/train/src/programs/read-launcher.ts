/** How many processes a program has on each host, and who starts them. */

import type { Resources } from '../resources/read-resources.ts';

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

/** Reads the launcher from the `sagemaker_*` hyperparameters that the Python SDK's `distribution` makes. */
export function readLauncher(framework: Readonly<Record<string, unknown>>, resources: Resources): Launcher {
  const asked = Number(framework.sagemaker_mpi_num_of_processes_per_host);
  const count = Number.isSafeInteger(asked) && asked > 0 ? asked : undefined;
  const perDevice = Math.max(1, resources.gpuCount);
  if (isOn(framework.sagemaker_mpi_enabled)) return { kind: 'mpi', processesPerHost: count ?? perDevice };
  const isTorch = torchFlags.some((flag) => isOn(framework[flag]));
  return { kind: 'processes', processesPerHost: count ?? (isTorch ? perDevice : 1) };
}

function isOn(value: unknown): boolean {
  return value === true || /^(true|1)$/i.test(String(value));
}
