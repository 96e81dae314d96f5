/** What a server needs for bodies and replies that its memory may not hold: batch transform and asynchronous inference send them. */

import { tmpdir } from 'node:os';
import { limits as platformLimits } from '@optml/contract/limits';
import type { AnswerInvocationOptions } from './answer-invocation.ts';
import { GatheringWriter } from './gather-stream.ts';
import type { ResolvedOptions } from './server-options.ts';
import { createTransforms } from './transform.ts';

export type LargeBodies = Pick<AnswerInvocationOptions, 'transform' | 'createStreamWriter'>;

/** Lines of a larger body go part by part in asynchronous inference: as many come whole in real time. */
const aboveBytes = platformLimits.invocationBytes;

/** What a client may leave unread until it has sent everything. */
const maximumStoredBytes = 16 * 1024 ** 3;

/** An asynchronous endpoint wants to know the length of each reply. */
export function createLargeBodies({ hosting, limits, defaultAccept }: ResolvedOptions): LargeBodies {
  const stored = { directory: limits.spill?.directory ?? tmpdir(), maximumBytes: maximumStoredBytes };
  if (hosting === 'batch transform')
    return { transform: createTransforms({ maximumBytes: limits.chunkedBytes, stored }) };
  return {
    transform: createTransforms({ maximumBytes: limits.bodyBytes, stored, aboveBytes, defaultAccept }),
    createStreamWriter: (response) => new GatheringWriter(response, stored),
  };
}
