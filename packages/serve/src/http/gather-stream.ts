/**
 * Gathers a streamed reply on disk, and sends it once its length is known: an asynchronous endpoint refuses a reply without
 * `Content-Length`. Source: its message, "The response from container did not specify the required Content-Length header".
 */

import type { ServerResponse } from 'node:http';
import type { StreamEnd, StreamedReply } from '../invocation/invocation.ts';
import { ReplySpool, type ReplySpoolOptions } from './reply-spool.ts';
import { cutOffUnread } from './write-reply.ts';
import type { WriteStream } from './write-stream.ts';

/** Writes one streamed reply; nothing of it has been sent where it has failed. */
export class GatheringWriter implements WriteStream {
  readonly #response: ServerResponse;
  readonly #spool: ReplySpool;

  constructor(response: ServerResponse, options: ReplySpoolOptions) {
    this.#response = response;
    this.#spool = new ReplySpool(response, { ...options, isHeld: true });
  }

  get bytes(): number {
    return this.#spool.bytes;
  }

  async write({ status, headers, body }: StreamedReply): Promise<StreamEnd | undefined> {
    const response = this.#response;
    try {
      let piece = await body.next();
      for (; piece.done !== true && !response.destroyed; piece = await body.next())
        await this.#spool.write(Buffer.from(piece.value));
      if (response.headersSent || response.destroyed || piece.done !== true) return undefined;
      if (piece.value.failure !== undefined) return piece.value;
      response.writeHead(status, { ...headers, 'content-length': this.bytes });
      cutOffUnread(response);
      await this.#spool.release();
      response.end();
      return piece.value;
    } finally {
      // Not waited for: the client may have everything by now, and leave before the reply counts as sent.
      void this.#spool.close();
    }
  }
}
