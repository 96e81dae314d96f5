/** Errors of a training job that its author or operator can fix. */

export const trainErrorCodes = [
  'TRAINING_NOT_FOUND',
  'TRAINING_IMPORT_FAILED',
  'TRAINING_INVALID',
  'TRAINING_FAILED',
  'TRAINING_CRASHED',
  'TRAINING_KILLED',
  'TRAINING_STALLED',
  'TRAINING_STOPPED',
  'TRAINING_STOP_TIMEOUT',
  'PROGRAM_MISSING',
  'PROGRAM_INVALID',
  'PROGRAM_NOT_EXECUTABLE',
  'SOURCE_INVALID',
  'MODULE_MISSING',
  'HEAP_EXHAUSTED',
  'MEMORY_EXHAUSTED',
  'DISK_FULL',
  'PERMISSION_DENIED',
  'HYPERPARAMETER_INVALID',
  'CHANNEL_MISSING',
  'CHANNEL_EMPTY',
  'CHANNEL_CONTENT_TYPE',
  'CHANNEL_MODE_UNSUPPORTED',
  'CHANNEL_IN_USE',
  'CHANNEL_TIMEOUT',
  'DATA_INVALID',
  'DATA_UNREADABLE',
  'METRIC_INVALID',
  'MODEL_PATH_INVALID',
  'CHECKPOINT_INVALID',
  'CLUSTER_UNREACHABLE',
  'CLUSTER_LISTEN_FAILED',
  'CLUSTER_TIMEOUT',
  'CLUSTER_HOST_ENDED',
  'CLUSTER_HOST_FAILED',
  'CLUSTER_LEADER_FAILED',
  'CLUSTER_VALUE_INVALID',
  'CHECKPOINT_DAMAGED',
  'JOB_INVALID',
  'RUNNER_FAILED',
] as const;

export type TrainErrorCode = (typeof trainErrorCodes)[number];

/** One thing that is wrong with a job. */
export interface JobProblem {
  readonly code: TrainErrorCode;
  readonly message: string;
}

/** A failure with a reason; its message is fit for the failure file. */
export class TrainError extends Error {
  override readonly name = 'TrainError';
  readonly code: TrainErrorCode;

  constructor(code: TrainErrorCode, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** @throws TrainError with `code` for a definition that has more of something than the platform allows. */
export function assertCount(code: TrainErrorCode, what: string, count: number, allowed: number): void {
  if (count <= allowed) return;
  throw new TrainError(code, `the definition has ${count} ${what}: SageMaker allows ${allowed}`);
}

/** One error for all problems: with the code that they share, or `JOB_INVALID` when they differ. */
export function combineProblems(problems: readonly [JobProblem, ...JobProblem[]]): TrainError {
  const [first] = problems;
  if (problems.length === 1) return new TrainError(first.code, first.message);
  const code = problems.every((problem) => problem.code === first.code) ? first.code : 'JOB_INVALID';
  const lines = problems.map(({ message }) => `- ${message}`);
  return new TrainError(code, `${problems.length} problems with the job:\n${lines.join('\n')}`);
}
