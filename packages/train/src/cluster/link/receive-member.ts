/** One connection to the leader, from the first line to its end; a stranger's is refused without harm. */

import type { Socket } from 'node:net';
import type { LinkSettings } from './cluster-link.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import { type JsonLines, openJsonLines } from './json-lines.ts';
import {
  helloSchema,
  type LeaderMessage,
  maximumMemberLineBytes,
  memberMessageSchema,
  protocol,
} from './link-messages.ts';

/** What the leader is told about members. */
export interface MemberEvents {
  /** Says why a host may not join, or nothing. */
  refuse(host: string): string | undefined;
  join(host: string, lines: JsonLines<LeaderMessage>): void;
  arrive(host: string, barrier: string): void;
  ask(host: string, barrier: string): void;
  /** Without a cause: it disappeared. */
  fail(host: string, cause: string | undefined): void;
  /** It ended well. */
  leaveMember(host: string): void;
  /** Its connection is closed; called once for every host that joined. */
  gone(host: string): void;
}

/** How long a connection may take to say who it is. */
const helloTimeoutMs = 10_000;

/** Receives a connection; nothing that arrives on it can throw. */
export function receiveMember(
  socket: Socket,
  { settings, events }: { readonly settings: LinkSettings; readonly events: MemberEvents },
): void {
  let member: { readonly host: string; readonly heartbeat: Heartbeat; parted: boolean } | undefined;
  const patience = setTimeout(() => socket.destroy(), helloTimeoutMs);
  const lines: JsonLines<LeaderMessage> = openJsonLines(socket, {
    maximumLineBytes: maximumMemberLineBytes,
    onMessage: (message) => {
      if (member === undefined) {
        const host = admit(message, lines, { settings, events });
        clearTimeout(patience);
        if (host === undefined) return;
        member = { host, heartbeat: keepAlive(lines, settings), parted: false };
        events.join(host, lines);
        return;
      }
      member.heartbeat.heard();
      if (takeMessage(member.host, message, events)) member.parted = true;
    },
    onClose: () => {
      clearTimeout(patience);
      if (member === undefined) return;
      member.heartbeat.stop();
      if (!member.parted) events.fail(member.host, undefined);
      events.gone(member.host);
    },
  });
}

/** Returns the host that may join, or says why not and hangs up. */
function admit(
  message: unknown,
  lines: JsonLines<LeaderMessage>,
  { settings, events }: { readonly settings: LinkSettings; readonly events: MemberEvents },
): string | undefined {
  const hello = helloSchema.parse(message);
  const reason =
    hello.protocol !== protocol
      ? `it speaks ${hello.protocol}, not ${protocol}`
      : hello.job !== settings.jobName
        ? `it belongs to job ${JSON.stringify(hello.job)}, not ${JSON.stringify(settings.jobName)}`
        : events.refuse(hello.host);
  if (reason === undefined) return hello.host;
  lines.send({ type: 'refused', reason });
  void lines.end(helloTimeoutMs);
  return undefined;
}

function keepAlive(lines: JsonLines<LeaderMessage>, settings: LinkSettings): Heartbeat {
  return startHeartbeat({
    intervalMs: settings.heartbeatMs,
    silenceMs: settings.silenceMs,
    beat: () => lines.send({ type: 'beat' }),
    onSilence: () => lines.destroy(),
  });
}

/** Returns true when the host said that it goes. */
function takeMessage(host: string, message: unknown, events: MemberEvents): boolean {
  const parsed = memberMessageSchema.parse(message);
  switch (parsed.type) {
    case 'arrive':
      events.arrive(host, parsed.barrier);
      break;
    case 'ask':
      events.ask(host, parsed.barrier);
      break;
    case 'fail':
      events.fail(host, parsed.cause);
      break;
    case 'leave':
      events.leaveMember(host);
  }
  return parsed.type === 'fail' || parsed.type === 'leave';
}
