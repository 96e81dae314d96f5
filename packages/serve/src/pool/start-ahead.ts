/** Starts the first worker before there is a pool for it: it loads beside what the server still has to load itself. */

import type { HostOptions, StartHost } from './worker-host.ts';
import type { FromWorker } from './worker-messages.ts';

/** Starts a worker, and gives the function that hands over this one at its first call, and starts others after it. */
export function startAhead(startHost: StartHost, options: HostOptions): StartHost {
  const early: FromWorker[] = [];
  let receive = (message: FromWorker): void => void early.push(message);
  let first: ReturnType<StartHost> | undefined = startHost(options, (message) => receive(message));
  return (later, receiveLater) => {
    if (first === undefined) return startHost(later, receiveLater);
    const host = first;
    first = undefined;
    receive = receiveLater;
    // Not before the caller has the host that they come from.
    queueMicrotask(() => {
      for (const message of early.splice(0)) receiveLater(message);
    });
    return host;
  };
}
