/** The word that a failure's reason begins with: whose turn it is. */

/**
 * - `UserError`: to be fixed in the job, not in the algorithm: hyperparameters, channels, data, configuration,
 *   permissions, size of the disk, contents of the image.
 * - `AlgorithmError`: to be fixed in the author's code.
 * - `OutOfMemory`: more memory or less need of it; the heap's limit, the container's and a GPU's alike.
 * - `Stopped`: the job was asked to stop and did not end by itself.
 * - `PlatformError`: something outside of the job and its code, or a fault of the runner's own.
 */
export type FailureClass = 'UserError' | 'AlgorithmError' | 'OutOfMemory' | 'Stopped' | 'PlatformError';

const classes: Readonly<Record<string, FailureClass>> = {
  TRAINING_IMPORT_FAILED: 'AlgorithmError',
  TRAINING_INVALID: 'AlgorithmError',
  TRAINING_FAILED: 'AlgorithmError',
  TRAINING_CRASHED: 'AlgorithmError',
  TRAINING_STALLED: 'AlgorithmError',
  TRAINING_STOP_TIMEOUT: 'Stopped',
  TRAINING_STOPPED: 'Stopped',
  TRAINING_KILLED: 'PlatformError',
  HEAP_EXHAUSTED: 'OutOfMemory',
  MEMORY_EXHAUSTED: 'OutOfMemory',
  CHANNEL_IN_USE: 'AlgorithmError',
  DATA_UNREADABLE: 'PlatformError',
  CLUSTER_UNREACHABLE: 'PlatformError',
  CLUSTER_LISTEN_FAILED: 'PlatformError',
  CLUSTER_TIMEOUT: 'PlatformError',
  CLUSTER_HOST_ENDED: 'AlgorithmError',
  CLUSTER_HOST_FAILED: 'PlatformError',
  CLUSTER_LEADER_FAILED: 'AlgorithmError',
  CLUSTER_VALUE_INVALID: 'AlgorithmError',
  RUNNER_FAILED: 'PlatformError',
  METRIC_INVALID: 'AlgorithmError',
  MODEL_PATH_INVALID: 'AlgorithmError',
  CHECKPOINT_INVALID: 'AlgorithmError',
};

/** Tells the class of an error's code; what the job's author or operator passed in is the rule, so a code that has no other class is a `UserError`. */
export function classifyCode(code: string): FailureClass {
  return classes[code] ?? 'UserError';
}
