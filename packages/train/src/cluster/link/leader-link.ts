/** The leader's end of the link: listens, keeps the book of barriers, and passes the first failure on. */

import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { TrainError } from '../../errors.ts';
import { createBarrierWaits, joining } from './barrier-waits.ts';
import { createBarriers, type Settlement } from './barriers.ts';
import { type Changes, createChanges } from './changes.ts';
import type { ClusterLink, LinkSettings, OwnedClusterLink } from './cluster-link.ts';
import { findInterfaceAddress } from './interface-address.ts';
import type { JsonLines } from './json-lines.ts';
import { type LeaderMessage, shortenCause } from './link-messages.ts';
import { createLinkRequests } from './link-requests.ts';
import { createPeerFailure } from './peer-failure.ts';
import { type MemberEvents, receiveMember } from './receive-member.ts';

/** How many connections may be open that have not said who they are. */
const strangersAtOnce = 64;
const closeTimeoutMs = 2_000;

/** Opens the link and returns at once. A port that cannot be had fails the requests, not the job. */
export function openLeaderLink(settings: LinkSettings): OwnedClusterLink {
  const link = new LeaderLink(settings);
  link.open();
  return link;
}

class LeaderLink implements OwnedClusterLink, MemberEvents {
  readonly #settings: LinkSettings;
  readonly #server: Server;
  readonly #lines = new Map<string, JsonLines<LeaderMessage>>();
  readonly #joined = new Set<string>();
  readonly #barriers;
  readonly #peerFailure = createPeerFailure();
  readonly #waits = createBarrierWaits((barrier) => this.#reportLate(barrier));
  /** Of who has joined and who is still there. */
  readonly #changes: Changes;
  #ownFailure: string | undefined;
  #closing = false;

  readonly failure = this.#peerFailure.signal;
  readonly waitForHosts: ClusterLink['waitForHosts'];
  readonly barrier: ClusterLink['barrier'];

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    this.#changes = createChanges(settings.signal);
    this.#server = createServer((socket) => receiveMember(socket, { settings, events: this }));
    this.#server.maxConnections = settings.hosts.length + strangersAtOnce;
    this.#barriers = createBarriers(settings.hosts);
    const requests = createLinkRequests({
      waits: this.#waits,
      arrive: (barrier, value) => this.arrive(settings.currentHost, barrier, value),
      explainAbsence: () =>
        `it never joined: check that it started, and that the hosts of the job can connect to ${settings.currentHost} on port ${settings.port}`,
    });
    this.waitForHosts = requests.waitForHosts;
    this.barrier = requests.barrier;
  }

  open(): void {
    const { port, networkInterface, currentHost, log } = this.#settings;
    const host = findInterfaceAddress(networkInterface, networkInterfaces());
    this.#server.on('error', (cause: NodeJS.ErrnoException) => {
      const message = `cannot listen for the other hosts on ${host} port ${port} (${cause.code}): choose another port for the cluster`;
      log.warn(message);
      this.#waits.rejectAll(new TrainError('CLUSTER_LISTEN_FAILED', message, { cause }));
    });
    this.#server.listen({ host, port });
    this.arrive(currentHost, joining);
  }

  async reportFailure(cause: string): Promise<void> {
    if (this.#peerFailure.known === undefined) {
      this.#ownFailure = shortenCause(cause);
      this.#sendAll({ type: 'failed', host: this.#settings.currentHost, cause: this.#ownFailure });
    }
    // Hosts that start later than this one fails would otherwise wait for a leader that is gone.
    await this.#changes.until(
      () => this.#joined.size === this.#settings.hosts.length - 1,
      this.#settings.deliveryTimeoutMs,
    );
    await this.#close();
  }

  async leave(): Promise<void> {
    const { hosts, currentHost, log } = this.#settings;
    const strangers = hosts.filter((host) => host !== currentHost && !this.#joined.has(host));
    if (strangers.length > 0) log.warn(`hosts that never joined: ${strangers.join(', ')}`);
    this.leaveMember(currentHost);
    await this.#changes.until(() => this.#lines.size === 0);
    this.#sendAll({ type: 'leave' });
    await this.#close();
  }

  // What members do. The names are those of MemberEvents.

  refuse(host: string): string | undefined {
    if (!this.#settings.hosts.includes(host) || host === this.#settings.currentHost) {
      return `${host} is not one of the other hosts: ${this.#settings.hosts.join(', ')}`;
    }
    return this.#joined.has(host) ? `${host} has already joined` : undefined;
  }

  join(host: string, lines: JsonLines<LeaderMessage>): void {
    this.#lines.set(host, lines);
    this.#joined.add(host);
    lines.send({ type: 'welcome' });
    const failed = this.#peerFailure.known;
    if (failed !== undefined) lines.send({ type: 'failed', ...failed });
    if (this.#ownFailure !== undefined) {
      lines.send({ type: 'failed', host: this.#settings.currentHost, cause: this.#ownFailure });
    }
    this.arrive(host, joining);
    this.#changes.announce();
  }

  arrive(host: string, barrier: string, value?: string | undefined): void {
    const settlement = this.#barriers.arrive(barrier, host, value);
    if (settlement !== undefined) this.#publish(settlement);
  }

  ask(host: string, barrier: string): void {
    const hosts = [...this.#barriers.missing(barrier)];
    this.#lines.get(host)?.send({ type: 'absent', barrier, hosts, ended: false });
  }

  fail(host: string, cause: string | undefined): void {
    // Connections that end because this side hung up are nobody's death.
    if (this.#closing && cause === undefined) return;
    if (this.#ownFailure !== undefined || !this.#peerFailure.declare(host, cause)) return;
    this.#sendAll({ type: 'failed', host, cause });
    this.#waits.rejectAll(this.failure.reason);
  }

  leaveMember(host: string): void {
    for (const settlement of this.#barriers.end(host)) this.#publish(settlement);
  }

  gone(host: string): void {
    this.#lines.delete(host);
    this.#changes.announce();
  }

  #publish(settlement: Settlement): void {
    const { barrier } = settlement;
    if (settlement.passed) {
      const { value } = settlement;
      this.#sendAll({ type: 'passed', barrier, value });
      this.#waits.settle(barrier, { passed: true, value });
    } else {
      this.#sendAll({ type: 'absent', barrier, hosts: [...settlement.ended], ended: true });
      this.#waits.settle(barrier, { passed: false, why: 'ended', hosts: settlement.ended });
    }
  }

  #reportLate(barrier: string): void {
    this.#waits.settle(barrier, { passed: false, why: 'late', hosts: this.#barriers.missing(barrier) });
  }

  #sendAll(message: LeaderMessage): void {
    for (const lines of this.#lines.values()) lines.send(message);
  }

  async #close(): Promise<void> {
    this.#closing = true;
    this.#server.close();
    await Promise.all([...this.#lines.values()].map((lines) => lines.end(closeTimeoutMs)));
  }
}
