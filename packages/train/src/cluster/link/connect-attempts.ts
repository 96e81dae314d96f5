/** Attempts to reach a host: how long to wait between them, and what is wrong after one. */

const firstMs = 100;
const longestMs = 5_000;

/** Creates a sequence of waits: 100 ms, doubled each time, at most 5 s. */
export function createBackoff(): { nextMs(): number } {
  let waitMs = firstMs / 2;
  return {
    nextMs: () => {
      waitMs = Math.min(waitMs * 2, longestMs);
      return waitMs;
    },
  };
}

/** Describes the error of an attempt to connect to a host on `port`; to stand behind the host's name. */
export function describeConnectError(error: NodeJS.ErrnoException, port: number): string {
  const { code = error.message, syscall } = error;
  if (syscall === 'getaddrinfo') return `its name does not resolve (DNS: ${code})`;
  return `it does not accept connections on port ${port} (TCP: ${code})`;
}
