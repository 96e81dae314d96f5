/** Sends the pieces of a streamed reply from a worker, as long as the server takes them. */

import type { StreamedReply } from '../invocation/invocation.ts';
import { ownBytes } from '../invocation/own-bytes.ts';
import { maximumCopiedBytes } from './job.ts';
import { weighPiece, windowBytes } from './piece-queue.ts';
import type { FromWorker } from './worker-messages.ts';

type Send = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

export class PieceSender {
  readonly #job: number;
  readonly #send: Send;
  #room = windowBytes;
  #isStopped = false;
  #waiting: (() => void) | undefined;

  constructor(job: number, send: Send) {
    this.#job = job;
    this.#send = send;
  }

  /** The server has taken pieces. */
  addRoom(weight: number): void {
    this.#room += weight;
    if (this.#room > 0) this.#waiting?.();
  }

  /** Nobody takes anything any more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting?.();
  }

  /** Sends head, pieces and end; the next piece is made only while there is room. */
  async sendAll({ status, headers, body }: StreamedReply): Promise<void> {
    this.#send({ type: 'stream', job: this.#job, status, headers });
    let piece = await body.next();
    while (piece.done !== true) {
      if (!this.#isStopped) this.#sendPiece(piece.value);
      if (this.#room <= 0 && !this.#isStopped) await this.#waitForRoom();
      piece = await body.next();
    }
    this.#send({ type: 'stream-end', job: this.#job, end: piece.value });
  }

  #sendPiece(value: string | Uint8Array): void {
    this.#room -= weighPiece(value);
    const piece = typeof value === 'string' ? value : ownBytes(value);
    const isMoved = typeof piece === 'object' && piece.byteLength > maximumCopiedBytes;
    this.#send({ type: 'piece', job: this.#job, piece }, isMoved ? [piece.buffer] : []);
  }

  #waitForRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
