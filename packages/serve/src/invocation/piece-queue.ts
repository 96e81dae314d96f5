/** Pieces on their way from the one that makes them to the one that takes them, of which no more than a window is under way. */

/** A part of a streamed reply, or a message to or from a client, whole or in part. */
export type Piece = string | Uint8Array | { readonly data: string | Uint8Array };

/** How much may have been sent that nobody has taken: bytes, and a share for each piece whatever its size. */
export const windowBytes = 64 * 1024;
const pieceShareBytes = 1_024;

/** Says how much of the window a piece takes. */
export function weighPiece(piece: Piece): number {
  const data = typeof piece === 'object' && 'data' in piece ? piece.data : piece;
  return data.length + pieceShareBytes;
}

/** Taken from by one reader, piece by piece. */
export class PieceQueue<Item extends Piece, End> implements AsyncIterator<Item, End> {
  readonly #onTaken: (weight: number) => void;
  #pieces: Item[] = [];
  #taken = 0;
  #end: { readonly value: End } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<Item, End>> | undefined;

  /** @param onTaken called with the weight of what was taken, so that the other side goes on. */
  constructor(onTaken: (weight: number) => void) {
    this.#onTaken = onTaken;
  }

  /** True while the reader waits for a piece. */
  get isWaitedFor(): boolean {
    return this.#waiting !== undefined;
  }

  /** What comes after the end is dropped. */
  add(piece: Item): void {
    if (this.#end !== undefined) return;
    if (this.#waiting === undefined) this.#pieces.push(piece);
    else this.#settle().resolve(this.#take(piece));
  }

  end(value: End): void {
    this.#end = { value };
    if (this.#waiting !== undefined) this.#settle().resolve({ done: true, value });
  }

  /** What has come is taken before the error. */
  fail(error: unknown): void {
    this.#failure = { error };
    if (this.#waiting !== undefined) this.#settle().reject(error);
  }

  next(): Promise<IteratorResult<Item, End>> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return Promise.resolve(this.#take(piece));
    if (this.#end !== undefined) return Promise.resolve({ done: true, value: this.#end.value });
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #settle(): PromiseWithResolvers<IteratorResult<Item, End>> {
    const waiting = this.#waiting as PromiseWithResolvers<IteratorResult<Item, End>>;
    this.#waiting = undefined;
    return waiting;
  }

  /** Told in large parts: a message for each piece would cost as much as the piece. */
  #take(value: Item): IteratorResult<Item, End> {
    this.#taken += weighPiece(value);
    if (this.#taken >= windowBytes / 2) {
      this.#onTaken(this.#taken);
      this.#taken = 0;
    }
    return { done: false, value };
  }
}
