/** What a host can ask of the connection to the other hosts, whichever process holds it. */

import type { Log } from '@optml/contract/log';

/** A host that does not answer, and what is wrong with it. */
export interface HostProblem {
  readonly host: string;
  /** A phrase to stand behind the name, for example `its name does not resolve (ENOTFOUND)`. */
  readonly problem: string;
}

/** The part of the link that an author's cluster uses. Small enough to go over a child's IPC. */
export interface ClusterLink {
  /** Aborts with a `TrainError` `CLUSTER_HOST_FAILED` when another host failed or disappeared; at most once. */
  readonly failure: AbortSignal;
  /** Resolves with nobody when every host has joined, or when the time is up with those that have not. */
  waitForHosts(options: { readonly timeoutMs: number }): Promise<readonly HostProblem[]>;
  /**
   * Resolves on every host, with the leader's `value`, when all hosts have come as often as this one to the
   * barrier of this name.
   *
   * @throws TrainError `CLUSTER_TIMEOUT`, `CLUSTER_HOST_ENDED`, `CLUSTER_UNREACHABLE`, `CLUSTER_LISTEN_FAILED`,
   * or the reason of `failure`.
   */
  barrier(
    name: string,
    options: { readonly value?: string | undefined; readonly timeoutMs?: number | undefined },
  ): Promise<string | undefined>;
}

/** The link in the process that opened it, which ends it by one of two calls. */
export interface OwnedClusterLink extends ClusterLink {
  /**
   * Tells the other hosts that this one failed, then closes. Of several failures the first one travels: a host
   * that fails because another did says nothing new. Never rejects; takes at most `deliveryTimeoutMs` and 2 s.
   */
  reportFailure(cause: string): Promise<void>;
  /**
   * Tells the other hosts that this one ended well, then closes. The leader stays until those that joined have
   * ended too, because failures travel through it, or until the signal aborts. Never rejects.
   */
  leave(): Promise<void>;
}

export interface ClusterLinkOptions {
  /** Every host in the order that all agree on; the first is the leader. */
  readonly hosts: readonly string[];
  readonly currentHost: string;
  /** Names that differ are refused, so that a stray host of another job does no harm. It is not a secret. */
  readonly jobName: string;
  /** The leader listens on this interface's address only; on every address when it is absent or unknown. */
  readonly networkInterface?: string | undefined;
  /** The leader's TCP port, the same on all hosts; default 7,778. */
  readonly port?: number | undefined;
  /** Abort it when the platform stops the job: nothing waits for other hosts any longer. */
  readonly signal: AbortSignal;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** From one sign of life to the next; default 10,000 ms. */
  readonly heartbeatMs?: number | undefined;
  /** Without a sign of life a host counts as gone; default 120,000 ms, because a busy host may be slow. */
  readonly silenceMs?: number | undefined;
  /** How long a failure tries to reach hosts that have not joined yet; default 5,000 ms. */
  readonly deliveryTimeoutMs?: number | undefined;
}

/** The options with every default in place. */
export type LinkSettings = ClusterLinkOptions &
  Readonly<Record<'port' | 'heartbeatMs' | 'silenceMs' | 'deliveryTimeoutMs', number>>;
