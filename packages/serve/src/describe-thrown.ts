/** Puts into words whatever the author's code has thrown, which need not be an error. */

import { inspect } from 'node:util';

/** Gives the message of an error without its stack, or the value itself as text. */
export function describeThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  if (!(thrown instanceof Error)) return inspect(thrown, { breakLength: Number.POSITIVE_INFINITY });
  const { message, name } = thrown;
  return typeof message === 'string' && message !== '' ? message : String(name);
}

/** Gives everything there is, causes and stacks included; for the log only. */
export function describeInFull(thrown: unknown): string {
  return inspect(thrown, { depth: 5, maxStringLength: 10_000, maxArrayLength: 20 });
}
