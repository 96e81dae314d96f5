/** Sends the pieces of a streamed reply from a worker, as long as the server takes them. */

import type { StreamedReply } from '../invocation/invocation.ts';
import { weighPiece } from '../invocation/piece-queue.ts';
import { SendWindow } from '../invocation/send-window.ts';
import { packData } from './pack-data.ts';
import type { FromWorker } from './worker-messages.ts';

type Send = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

export class PieceSender {
  readonly #job: number;
  readonly #send: Send;
  readonly #window = new SendWindow();

  constructor(job: number, send: Send) {
    this.#job = job;
    this.#send = send;
  }

  /** The server has taken pieces. */
  addRoom(weight: number): void {
    this.#window.add(weight);
  }

  /** Nobody takes anything any more. */
  stop(): void {
    this.#window.stop();
  }

  /** Sends head, pieces and end; the next piece is made only while there is room. */
  async sendAll({ status, headers, body }: StreamedReply): Promise<void> {
    this.#send({ type: 'stream', job: this.#job, status, headers });
    let piece = await body.next();
    while (piece.done !== true) {
      if (!this.#window.isStopped) this.#sendPiece(piece.value);
      const room = this.#window.wait();
      if (room !== undefined) await room;
      piece = await body.next();
    }
    this.#send({ type: 'stream-end', job: this.#job, end: piece.value });
  }

  #sendPiece(value: string | Uint8Array): void {
    this.#window.take(weighPiece(value));
    const { data: piece, transfer } = packData(value);
    this.#send({ type: 'piece', job: this.#job, piece }, transfer);
  }
}
