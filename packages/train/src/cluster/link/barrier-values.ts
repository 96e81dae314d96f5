/** Values as they go from the leader to the others: JSON text, or nothing for `undefined`. */

import { TrainError } from '../../errors.ts';
import { maximumValueBytes } from './link-messages.ts';

/** What became of the work on the leader. */
export type LeaderResult = { readonly value?: unknown } | { readonly error: string };

/**
 * Encodes a value; `title` names the call.
 *
 * @throws TrainError `CLUSTER_VALUE_INVALID` when it is not JSON or too large.
 */
export function encodeValue(value: unknown, title: string): string | undefined {
  const text = encode(value, title);
  const sizeBytes = Buffer.byteLength(text ?? '');
  if (sizeBytes <= maximumValueBytes) return text;
  const message = `the value of ${title} has ${sizeBytes} bytes as JSON, more than ${maximumValueBytes}: share large values as files`;
  throw new TrainError('CLUSTER_VALUE_INVALID', message);
}

/** Decodes what `encodeValue` made. */
export function decodeValue(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

/**
 * Returns the value of the leader's work.
 *
 * @throws TrainError `CLUSTER_LEADER_FAILED` with the message of what the work threw.
 */
export function readLeaderResult(text: string | undefined): unknown {
  const result = decodeValue(text) as LeaderResult;
  if (!('error' in result)) return result.value;
  throw new TrainError('CLUSTER_LEADER_FAILED', `onLeader failed on the leader: ${result.error}`);
}

function encode(value: unknown, title: string): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const message = `the value of ${title} is not JSON: ${(cause as Error).message}: pass plain data`;
    throw new TrainError('CLUSTER_VALUE_INVALID', message, { cause });
  }
}
