/** What a server needs for bodies and replies that its memory may not hold: batch transform and asynchronous inference send them. */

import { tmpdir } from 'node:os';
import { limits as platformLimits } from '@optml/contract/limits';
import type { AnswerInvocationOptions } from './answer-invocation.ts';
import { GatheringWriter } from './gather-stream.ts';
import { maximumStoredBytes } from './reply-spool.ts';
import type { ResolvedOptions } from './server-options.ts';
import { createTransforms } from './transform.ts';

export type LargeBodies = Pick<AnswerInvocationOptions, 'transform' | 'createStreamWriter'>;

/** Lines of a larger body go part by part in asynchronous inference: as many come whole in real time. */
const aboveBytes = platformLimits.invocationBytes;

/** An asynchronous endpoint wants to know the length of each reply. */
export function createLargeBodies({ hosting, limits, defaultAccept }: ResolvedOptions): LargeBodies {
  if (hosting === 'batch transform')
    return { transform: createTransforms({ maximumBytes: limits.chunkedBytes }) };
  const stored = { directory: limits.spill?.directory ?? tmpdir(), maximumBytes: maximumStoredBytes };
  return {
    transform: createTransforms({ maximumBytes: limits.bodyBytes, aboveBytes, defaultAccept }),
    createStreamWriter: (response) => new GatheringWriter(response, stored),
  };
}
