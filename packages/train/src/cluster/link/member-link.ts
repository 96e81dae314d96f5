/** The end of the link on every host but the leader: one connection to the leader, tried until it stands. */

import { connect, type Socket } from 'node:net';
import { createBarrierWaits } from './barrier-waits.ts';
import { type Changes, createChanges } from './changes.ts';
import type { ClusterLink, LinkSettings, OwnedClusterLink } from './cluster-link.ts';
import { createBackoff, describeConnectError } from './connect-attempts.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import { type JsonLines, openJsonLines } from './json-lines.ts';
import {
  type LeaderMessage,
  leaderMessageSchema,
  type MemberMessage,
  maximumLeaderLineBytes,
  protocol,
  shortenCause,
} from './link-messages.ts';
import { createLinkRequests } from './link-requests.ts';
import { createPeerFailure } from './peer-failure.ts';

const connectTimeoutMs = 10_000;
const closeTimeoutMs = 2_000;
/** How long the leader may take to say who is late. */
const answerTimeoutMs = 5_000;

/** Opens the link and returns at once; a leader that cannot be reached fails the requests, not the job. */
export function openMemberLink(settings: LinkSettings): OwnedClusterLink {
  const link = new MemberLink(settings);
  link.open();
  return link;
}

class MemberLink implements OwnedClusterLink {
  readonly #settings: LinkSettings;
  readonly #leader: string;
  /** Of the state. */
  readonly #changes: Changes;
  readonly #peerFailure = createPeerFailure();
  readonly #waits = createBarrierWaits((barrier) => this.#askWhoIsLate(barrier));
  readonly #backoff = createBackoff();
  /** What was said before the connection stood. */
  readonly #unsent: MemberMessage[] = [];
  #state: 'connecting' | 'joined' | 'closing' | 'closed' = 'connecting';
  #lines: JsonLines<MemberMessage> | undefined;
  #heartbeat: Heartbeat | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** What is wrong with the leader as long as this host has not joined. */
  #problem = 'it has not answered yet';
  /** True once this connection has said who this host is: the leader may have let it in. */
  #hasGreeted = false;

  readonly failure = this.#peerFailure.signal;
  readonly waitForHosts: ClusterLink['waitForHosts'];
  readonly barrier: ClusterLink['barrier'];

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    this.#changes = createChanges(settings.signal);
    this.#leader = settings.hosts[0] as string;
    const requests = createLinkRequests({
      waits: this.#waits,
      arrive: (barrier) => this.#say({ type: 'arrive', barrier }),
      explainAbsence: (host) =>
        host === this.#leader
          ? this.#problem
          : `it never joined: check that it started, and that it can connect to ${this.#leader} on port ${settings.port}`,
    });
    this.waitForHosts = requests.waitForHosts;
    this.barrier = requests.barrier;
  }

  open(): void {
    const { port } = this.#settings;
    const socket = connect({ host: this.#leader, port });
    const patience = setTimeout(
      () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      connectTimeoutMs,
    );
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.#problem = describeConnectError(error, port);
    });
    socket.once('connect', () => clearTimeout(patience));
    socket.once('close', () => clearTimeout(patience));
    this.#converse(socket);
  }

  async reportFailure(cause: string): Promise<void> {
    if (this.#peerFailure.known !== undefined) return this.leave();
    // A host that fails in its first second would otherwise take its cause with it.
    await this.#changes.until(() => this.#state !== 'connecting', this.#settings.deliveryTimeoutMs);
    await this.#part({ type: 'fail', cause: shortenCause(cause) });
  }

  async leave(): Promise<void> {
    await this.#part({ type: 'leave' });
  }

  #converse(socket: Socket): void {
    const { currentHost: host, jobName: job } = this.#settings;
    const lines = openJsonLines<MemberMessage>(socket, {
      maximumLineBytes: maximumLeaderLineBytes,
      onMessage: (message) => this.#take(leaderMessageSchema.parse(message)),
      onClose: () => this.#lose(),
    });
    this.#lines = lines;
    this.#hasGreeted = false;
    socket.once('connect', () => {
      lines.send({ type: 'hello', protocol, job, host });
      this.#hasGreeted = true;
    });
  }

  #take(message: LeaderMessage): void {
    this.#heartbeat?.heard();
    switch (message.type) {
      case 'welcome':
        this.#join();
        break;
      case 'refused':
        this.#problem = `it refuses this host: ${message.reason}`;
        break;
      case 'passed':
        this.#waits.settle(message.barrier, { passed: true, value: message.value });
        break;
      case 'absent': {
        const why = message.ended ? 'ended' : 'late';
        this.#waits.settle(message.barrier, { passed: false, why, hosts: message.hosts });
        break;
      }
      case 'failed':
        this.#fail(message.host, message.cause);
        break;
      case 'leave':
        this.#state = 'closing';
        this.#problem = 'it has ended';
        this.#waits.settleAll({ passed: false, why: 'ended', hosts: [this.#leader] });
        break;
    }
  }

  #join(): void {
    if (this.#state !== 'connecting') return;
    const { heartbeatMs, silenceMs } = this.#settings;
    this.#state = 'joined';
    this.#heartbeat = startHeartbeat({
      intervalMs: heartbeatMs,
      silenceMs,
      beat: () => this.#lines?.send({ type: 'beat' }),
      onSilence: () => this.#lines?.destroy(),
    });
    for (const message of this.#unsent.splice(0)) this.#lines?.send(message);
    this.#changes.announce();
  }

  #lose(): void {
    this.#heartbeat?.stop();
    if (this.#state === 'joined') this.#fail(this.#leader, undefined);
    if (this.#state !== 'connecting') this.#state = 'closed';
    else this.#retry = setTimeout(() => this.open(), this.#backoff.nextMs());
  }

  #fail(host: string, cause: string | undefined): void {
    if (this.#state !== 'joined' || !this.#peerFailure.declare(host, cause)) return;
    this.#waits.rejectAll(this.failure.reason);
  }

  #say(message: MemberMessage): void {
    if (this.#state === 'joined') this.#lines?.send(message);
    else this.#unsent.push(message);
  }

  #askWhoIsLate(barrier: string): void {
    const giveUp = (problem: string) => {
      if (this.#state === 'joined') this.#problem = problem;
      this.#waits.settle(barrier, { passed: false, why: 'unreachable', hosts: [this.#leader] });
    };
    if (this.#state === 'joined') {
      this.#say({ type: 'ask', barrier });
      const slow = `it did not say within ${answerTimeoutMs / 1000} s which hosts are late: it is too busy`;
      setTimeout(() => giveUp(slow), answerTimeoutMs).unref();
    } else {
      giveUp(this.#problem);
    }
  }

  async #part(last: MemberMessage): Promise<void> {
    const { log } = this.#settings;
    if (this.#state === 'connecting') log.warn(`never joined the leader ${this.#leader}: ${this.#problem}`);
    const isUnheard = this.#state === 'connecting' && !this.#hasGreeted;
    this.#state = 'closing';
    clearTimeout(this.#retry);
    if (isUnheard) this.#lines?.destroy();
    else {
      // Also where the leader has not answered yet: it would take a host that hangs up for one that disappeared.
      this.#lines?.send(last);
      await this.#lines?.end(closeTimeoutMs);
    }
  }
}
