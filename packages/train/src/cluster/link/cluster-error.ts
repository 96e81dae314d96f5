/** Makes the errors of the cluster. */

import { TrainError, type TrainErrorCode } from '../../errors.ts';

/** The codes of errors that come from working with other hosts. */
export type ClusterErrorCode = Extract<TrainErrorCode, `CLUSTER_${string}`>;

/** Makes a `TrainError` with a code of the cluster. */
export function createClusterError(
  code: ClusterErrorCode,
  message: string,
  options?: ErrorOptions,
): TrainError {
  return new TrainError(code, message, options);
}
