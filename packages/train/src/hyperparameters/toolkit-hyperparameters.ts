/**
 * What becomes of the hyperparameters that the Python SDK and its training toolkit keep for themselves: every one
 * is used, refused or ignored, and none in silence. docs/training.md has the same table.
 *
 * Source: sagemaker-training-toolkit `params.py`, `environment.py` and `runner.py`.
 */

import type { Log } from '@optml/contract/log';
import type { JobProblem } from '../errors.ts';
import { findClosest } from './suggest-name.ts';

export interface ToolkitHyperparameter {
  readonly fate: 'used' | 'refused' | 'ignored';
  /** What it does, or why it is refused or ignored. */
  readonly meaning: string;
  /** True where a definition has no use for it. */
  readonly isForPrograms?: boolean | undefined;
  /** The name of the flag without which it has no effect. */
  readonly needs?: string | undefined;
}

const used = (meaning: string): ToolkitHyperparameter => ({ fate: 'used', meaning });
const usedByPrograms = (meaning: string, needs?: string): ToolkitHyperparameter => ({
  ...used(meaning),
  isForPrograms: true,
  needs,
});
const refused = (meaning: string): ToolkitHyperparameter => ({ fate: 'refused', meaning });
const ignored = (meaning: string): ToolkitHyperparameter => ({ fate: 'ignored', meaning });

const mpiFlag = 'sagemaker_mpi_enabled';
const onePerGpu = 'starts one process of the program for each GPU, with the variables of `torchrun`';

export const toolkitHyperparameters: Readonly<Record<string, ToolkitHyperparameter>> = {
  sagemaker_program: used('names the program that the job runs'),
  sagemaker_submit_directory: usedByPrograms('says where the code of the program is'),
  sagemaker_container_log_level: used('sets the level of the log'),
  sagemaker_job_name: usedByPrograms('becomes the variable `SAGEMAKER_JOB_NAME` of the program'),
  sagemaker_region: usedByPrograms('becomes the variable `SAGEMAKER_REGION` of the program'),
  _tuning_objective_metric: used('names the metric of a tuning job, which a definition has to log'),
  [mpiFlag]: usedByPrograms('starts the program on all hosts with `mpirun`'),
  sagemaker_mpi_num_of_processes_per_host: usedByPrograms(
    'sets how many processes of the program each host runs',
  ),
  sagemaker_mpi_num_processes: usedByPrograms(
    'sets how many processes `mpirun` starts on all hosts together',
    mpiFlag,
  ),
  sagemaker_mpi_custom_mpi_options: usedByPrograms('holds further options of `mpirun`', mpiFlag),
  sagemaker_torch_distributed_enabled: usedByPrograms(onePerGpu),
  sagemaker_pytorch_ddp_enabled: usedByPrograms(onePerGpu),
  sagemaker_distribution_instance_groups: usedByPrograms(
    'has to name all instance groups of the job, because the program starts on all hosts alike',
  ),
  sagemaker_parameter_server_enabled: refused(
    'parameter servers are part of the Python images for TensorFlow and MXNet',
  ),
  sagemaker_multi_worker_mirrored_strategy_enabled: refused(
    'TensorFlow’s strategies are part of the Python images',
  ),
  sagemaker_distributed_dataparallel_enabled: refused(
    'SageMaker’s data parallel library is part of the Python images',
  ),
  sagemaker_pytorch_xla_multi_worker_enabled: refused('PyTorch/XLA is part of the Python images'),
  sagemaker_distributed_dataparallel_custom_mpi_options: ignored(
    'belongs to `sagemaker_distributed_dataparallel_enabled`, which is refused',
  ),
  sagemaker_network_interface_name: ignored(
    'the platform names the network interface in resourceconfig.json',
  ),
  sagemaker_instance_type: ignored('the platform names the instance type in resourceconfig.json'),
  sagemaker_s3_output: ignored('output/intermediate is not copied to S3 by optml'),
  sagemaker_enable_cloudwatch_metrics: ignored('the platform finds metrics in the log'),
  default_user_module_name: ignored('a program is always named by its file'),
};

/** Lists the hyperparameters of the toolkit that ask for something that cannot be had here. */
export function findRefusedHyperparameters(values: Readonly<Record<string, unknown>>): readonly JobProblem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const { fate, meaning } = toolkitHyperparameters[name] ?? {};
    if (fate !== 'refused' || isOff(value)) return [];
    const message = `hyperparameter ${name} is ${JSON.stringify(value)}, which is not supported: ${meaning}; leave it out`;
    return [{ code: 'HYPERPARAMETER_INVALID' as const, message }];
  });
}

/** Logs the `sagemaker_*` hyperparameters that have no effect, and why. */
export function logIdleHyperparameters(
  values: Readonly<Record<string, unknown>>,
  log: Pick<Log, 'info' | 'warn'>,
  runs: 'program' | 'definition',
): void {
  for (const [name, value] of Object.entries(values)) {
    const known = toolkitHyperparameters[name];
    if (known === undefined) log.warn(`hyperparameter ${name} has no effect: ${describeUnknown(name)}`);
    else if (isOff(value) || known.fate === 'refused') continue;
    else if (known.fate === 'ignored') log.info(`hyperparameter ${name} has no effect: ${known.meaning}`);
    else if (known.isForPrograms && runs === 'definition') {
      log.warn(`hyperparameter ${name} has no effect: this job runs a definition, which does not use it`);
    } else if (known.needs !== undefined && !isOn(values[known.needs])) {
      log.warn(`hyperparameter ${name} has no effect without ${known.needs}`);
    }
  }
}

function describeUnknown(name: string): string {
  const closest = findClosest(name, Object.keys(toolkitHyperparameters));
  const hint =
    closest === undefined ? 'a program finds it in SM_FRAMEWORK_PARAMS' : `did you mean ${closest}?`;
  return `optml does not know it; ${hint}`;
}

export function isOn(value: unknown): boolean {
  return value === true || /^(true|1)$/i.test(String(value));
}

/** Also what the Python SDK writes for an option that was left empty. */
function isOff(value: unknown): boolean {
  return value === undefined || value === null || /^(false|0|)$/i.test(String(value));
}
