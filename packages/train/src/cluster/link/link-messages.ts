/** The protocol between a host and the leader: lines of JSON over TCP, the host speaks first. */

import { z } from 'zod';

/** Changes with every change of the messages: hosts of one job run one image, so there is no second version. */
export const protocol = 'optml-cluster/2';

/** The longest line that the leader takes; a host's messages are short. */
export const maximumMemberLineBytes = 64 * 1024;

/** The longest value that the leader can share, as UTF-8. */
export const maximumValueBytes = 8 * 1024 * 1024;

/** The longest line that a host takes: a value whose every character had to be escaped, and the rest. */
export const maximumLeaderLineBytes = 2 * maximumValueBytes + 64 * 1024;

/** The part of a failure's cause that travels. */
const maximumCauseCharacters = 300;

const name = z.string().max(1_000);
const cause = z.string().max(maximumCauseCharacters);

/** The first line of a connection. */
export const helloSchema = z.object({
  type: z.literal('hello'),
  protocol: z.string(),
  job: name,
  host: name,
});

/** What a host says once it has joined. */
export const memberMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('arrive'), barrier: name }),
  /** Who is missing at a barrier that takes too long. */
  z.object({ type: z.literal('ask'), barrier: name }),
  z.object({ type: z.literal('fail'), cause }),
  z.object({ type: z.literal('leave') }),
  z.object({ type: z.literal('beat') }),
]);

/** What the leader says. */
export const leaderMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome') }),
  z.object({ type: z.literal('refused'), reason: z.string() }),
  z.object({ type: z.literal('passed'), barrier: name, value: z.string().optional() }),
  /** Hosts that have not come yet, or never will because they have ended. */
  z.object({ type: z.literal('absent'), barrier: name, hosts: z.array(name), ended: z.boolean() }),
  /** Without a cause: it disappeared. */
  z.object({ type: z.literal('failed'), host: name, cause: cause.optional() }),
  z.object({ type: z.literal('leave') }),
  z.object({ type: z.literal('beat') }),
]);

export type MemberMessage = z.output<typeof memberMessageSchema> | z.output<typeof helloSchema>;
export type LeaderMessage = z.output<typeof leaderMessageSchema>;

/** Cuts a cause to what may travel, never through a character. */
export function shortenCause(text: string): string {
  if (text.length <= maximumCauseCharacters) return text;
  return `${text.slice(0, maximumCauseCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
