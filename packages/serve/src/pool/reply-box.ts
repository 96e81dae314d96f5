/** Gathers the replies of a worker, so that many small ones cost one message. */

import type { WholeReply } from '../invocation/invocation.ts';
import { maximumCopiedBytes } from './job.ts';
import type { FromWorker, ReplyMessage } from './worker-messages.ts';

/** No reply waits longer for those of the jobs behind it. */
const maximumWaitMs = 0.5;

export interface ReplyBox {
  /** Takes a reply, which leaves at the end of this turn at the latest; with its times, if they are to go with it. */
  add(job: number, reply: WholeReply | undefined, times?: WholeReply['times']): void;
  /** Sends what there is now. */
  flush(): void;
}

export function createReplyBox(
  send: (message: FromWorker, transfer: readonly ArrayBuffer[]) => void,
  now: () => number = () => performance.now(),
): ReplyBox {
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
    add(job, reply, times) {
      if (replies.length === 0) firstMs = now();
      if (reply === undefined) replies.push([job]);
      else {
        const body = ownBytes(reply.body);
        if (typeof body === 'object' && body.byteLength > maximumCopiedBytes) transfer.push(body.buffer);
        replies.push([job, reply.status, reply.headers, body, reply.errorCode, times]);
      }
      if (now() - firstMs > maximumWaitMs) flush();
      else if (!isPlanned) {
        isPlanned = true;
        setImmediate(flushLater);
      }
    },
    flush,
  };
}

/** A part of a buffer, as a small `Buffer` is of Node's pool, must not take the whole along. */
function ownBytes(body: WholeReply['body']): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body;
  const isWhole = body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer;
  return isWhole ? (body as Uint8Array<ArrayBuffer>) : new Uint8Array(body);
}
