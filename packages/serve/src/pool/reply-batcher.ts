/** Gathers the replies of a worker, so that many small ones cost one message. */

import type { WholeReply } from '../invocation/invocation.ts';
import { ownBytes } from '../invocation/own-bytes.ts';
import { maximumCopiedBytes } from './job.ts';
import type { FromWorker, ReplyMessage } from './worker-messages.ts';

/** No reply waits longer for those of the jobs behind it. */
const maximumWaitMs = 0.5;

export function createReplyBatcher(
  send: (message: FromWorker, transfer: readonly ArrayBuffer[]) => void,
  now: () => number = () => performance.now(),
) {
  let replies: ReplyMessage[] = [];
  let transfer: ArrayBuffer[] = [];
  let firstMs = 0;
  let isPlanned = false;
  const flush = () => {
    if (replies.length === 0) return;
    send({ type: 'replies', replies }, transfer);
    replies = [];
    transfer = [];
  };
  const flushLater = () => {
    isPlanned = false;
    flush();
  };
  return {
    /** Takes a reply, which leaves at the end of this turn at the latest; with its times, if they are to go with it. */
    add(job: number, reply: WholeReply | undefined, times?: WholeReply['times']): void {
      if (replies.length === 0) firstMs = now();
      if (reply === undefined) replies.push([job]);
      else {
        const body = typeof reply.body === 'string' ? reply.body : ownBytes(reply.body);
        if (typeof body === 'object' && body.byteLength > maximumCopiedBytes) transfer.push(body.buffer);
        replies.push([job, reply.status, reply.headers, body, reply.errorCode, times]);
      }
      if (now() - firstMs > maximumWaitMs) flush();
      else if (!isPlanned) {
        isPlanned = true;
        setImmediate(flushLater);
      }
    },
    /** Sends what there is now. */
    flush,
  };
}
