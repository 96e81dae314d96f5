/** The pieces of a streamed reply that have come from a worker, on their way to the client. */

import type { ReplyPieces, StreamEnd } from '../invocation/invocation.ts';

type Piece = string | Uint8Array;
type Next = IteratorResult<Piece, StreamEnd>;

/** How much of a stream a worker may have sent that nobody has taken: bytes, and a share for each piece whatever its size. */
export const windowBytes = 64 * 1024;
const pieceShareBytes = 1_024;

/** Says how much of the window a piece takes. */
export function weighPiece(piece: Piece): number {
  return piece.length + pieceShareBytes;
}

/** Taken from by one reader, piece by piece. */
export class PieceQueue implements ReplyPieces {
  readonly #onTaken: (weight: number) => void;
  #pieces: Piece[] = [];
  #taken = 0;
  #end: StreamEnd | undefined;
  #failure: { readonly error: unknown } | undefined;
  #waiting: PromiseWithResolvers<Next> | undefined;

  /** @param onTaken called with the weight of what was taken, so that the worker goes on. */
  constructor(onTaken: (weight: number) => void) {
    this.#onTaken = onTaken;
  }

  add(piece: Piece): void {
    if (this.#waiting === undefined) this.#pieces.push(piece);
    else this.#settle().resolve(this.#take(piece));
  }

  end(end: StreamEnd): void {
    this.#end = end;
    if (this.#waiting !== undefined) this.#settle().resolve({ done: true, value: end });
  }

  /** What has come is taken before the error. */
  fail(error: unknown): void {
    this.#failure = { error };
    if (this.#waiting !== undefined) this.#settle().reject(error);
  }

  next(): Promise<Next> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return Promise.resolve(this.#take(piece));
    if (this.#end !== undefined) return Promise.resolve({ done: true, value: this.#end });
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #settle(): PromiseWithResolvers<Next> {
    const waiting = this.#waiting as PromiseWithResolvers<Next>;
    this.#waiting = undefined;
    return waiting;
  }

  /** Told in large parts: a message for each piece would cost as much as the piece. */
  #take(value: Piece): Next {
    this.#taken += weighPiece(value);
    if (this.#taken >= windowBytes / 2) {
      this.#onTaken(this.#taken);
      this.#taken = 0;
    }
    return { done: false, value };
  }
}
