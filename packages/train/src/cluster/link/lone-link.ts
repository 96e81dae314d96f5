/** The link of a job with one host: everything is agreed at once. */

import type { OwnedClusterLink } from './cluster-link.ts';

/** Creates a link that opens no socket and never fails. */
export function createLoneLink(): OwnedClusterLink {
  return {
    failure: new AbortController().signal,
    waitForHosts: async () => [],
    barrier: async (_name, { value }) => value,
    reportFailure: async () => {},
    leave: async () => {},
  };
}
