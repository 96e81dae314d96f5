/** The first failure of another host: once known, it stays the reason. */

import { TrainError } from '../../errors.ts';

export interface PeerFailure {
  readonly signal: AbortSignal;
  /** The failure as it travels on to other hosts. */
  readonly known: { readonly host: string; readonly cause: string | undefined } | undefined;
  /** Declares that `host` failed, or disappeared when there is no cause; false when another failure came first. */
  declare(host: string, cause: string | undefined): boolean;
}

/** Creates the state in which nobody has failed. */
export function createPeerFailure(): PeerFailure {
  const controller = new AbortController();
  let known: PeerFailure['known'];
  return {
    signal: controller.signal,
    get known() {
      return known;
    },
    declare: (host, cause) => {
      if (known !== undefined) return false;
      known = { host, cause };
      controller.abort(new TrainError('CLUSTER_HOST_FAILED', describe(host, cause)));
      return true;
    },
  };
}

function describe(host: string, cause: string | undefined): string {
  return cause === undefined
    ? `host ${host} disappeared: its connection closed without notice, so it was killed or lost its network; look at the end of its log`
    : `host ${host} failed: ${cause}`;
}
