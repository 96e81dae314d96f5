/** Tells whether a host could not be found or could not be connected to. */

/** Describes the error of an attempt to connect to a host on `port`; to stand behind the host's name. */
export function describeConnectError(error: NodeJS.ErrnoException, port: number): string {
  const { code = error.message, syscall } = error;
  if (syscall === 'getaddrinfo') return `its name does not resolve (DNS: ${code})`;
  return `it does not accept connections on port ${port} (TCP: ${code})`;
}
