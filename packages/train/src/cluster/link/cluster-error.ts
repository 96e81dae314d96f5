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

/** Describes the error of an attempt to connect to a host on `port`; to stand behind the host's name. */
export function describeConnectError(error: NodeJS.ErrnoException, port: number): string {
  const { code = error.message, syscall } = error;
  if (syscall === 'getaddrinfo') return `its name does not resolve (DNS: ${code})`;
  return `it does not accept connections on port ${port} (TCP: ${code})`;
}
