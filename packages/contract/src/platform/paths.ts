/** The one place that knows where SageMaker puts things: every path is derived from a root. */

import { join, resolve } from 'node:path';

/** The root that SageMaker uses; `SAGEMAKER_BASE_DIR` replaces it outside the platform. */
export const defaultRoot = '/opt/ml';

/** Absolute paths of the tree that the platform and the container share. */
export interface Paths {
  readonly root: string;
  readonly input: string;
  /** Config files, written by the platform before the container starts. */
  readonly inputConfig: string;
  /** One folder (or FIFO) per channel, and `<channel>-manifest` files that are not channels. */
  readonly inputData: string;
  /** The user code that the Python SDK's conventions unpack. */
  readonly code: string;
  /** Training writes the model artifact here; hosting finds it here, read-only. */
  readonly model: string;
  /** Where the platform unpacks the models of a multi-model endpoint, each under a name of its own. */
  readonly models: string;
  readonly output: string;
  /** What training leaves beside the model; uploaded as `output.tar.gz`. */
  readonly outputData: string;
  /** What is uploaded while training goes on, where the job has asked for it. */
  readonly outputIntermediate: string;
  /** The file whose first 1,024 characters become `FailureReason`. */
  readonly failure: string;
  /** Room on the disk for that file, as long as a job runs. */
  readonly failureReserve: string;
  /** File metrics, one JSON Lines file per process. */
  readonly outputMetrics: string;
  /** Which epoch of each Pipe channel comes next; AWS's TensorFlow extensions keep theirs here, too. */
  readonly pipeState: string;
  /** The default of `CheckpointConfig.LocalPath`; `checkpointconfig.json` may name another. */
  readonly checkpoints: string;
}

/**
 * Derives every path of the contract from `root`, which is made absolute.
 *
 * Source: "How Amazon SageMaker AI Provides Training Information", "Custom Inference Code with Hosting Services".
 */
export function resolvePaths(root: string = defaultRoot): Paths {
  const base = resolve(root);
  return {
    root: base,
    input: join(base, 'input'),
    inputConfig: join(base, 'input/config'),
    inputData: join(base, 'input/data'),
    code: join(base, 'code'),
    model: join(base, 'model'),
    models: join(base, 'models'),
    output: join(base, 'output'),
    outputData: join(base, 'output/data'),
    outputIntermediate: join(base, 'output/intermediate'),
    failure: join(base, 'output/failure'),
    failureReserve: join(base, 'output/.failure-reserve'),
    outputMetrics: join(base, 'output/metrics/sagemaker'),
    pipeState: join(base, 'pipe_state'),
    checkpoints: join(base, 'checkpoints'),
  };
}

/** The folder of a channel in File and FastFile mode. */
export function resolveChannelDirectory(paths: Paths, channel: string): string {
  return join(paths.inputData, channel);
}

/** The FIFO of a channel in Pipe mode; `epoch` counts from 0. */
export function resolvePipe(
  paths: Paths,
  { channel, epoch }: { readonly channel: string; readonly epoch: number },
): string {
  return join(paths.inputData, `${channel}_${epoch}`);
}
