/**
 * Follows the frames that a client sends, to know whether it is in the middle of a message: `ws` tells only of whole ones.
 * Source: RFC 6455, 5.2.
 */

const controlOpcodes = 0x8;

export class FrameWatch {
  /** How many bytes the frames of the message so far have, those included that are announced and not here. */
  announcedBytes = 0;
  /** How many of them are here. */
  receivedBytes = 0;
  /** How many frames it has so far. */
  fragments = 0;
  /** How many messages have ended. */
  ended = 0;
  /** Of the frame that has begun. */
  readonly #header: number[] = [];
  #headerBytes = 2;
  #payloadBytes = 0;
  #isControl = false;
  #isFragmented = false;

  /** True between the first byte of a message and its last. */
  get isInMessage(): boolean {
    return this.#isFragmented || this.#payloadBytes > 0 || this.#header.length > 0;
  }

  /** Takes in what has come. */
  read(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#payloadBytes === 0) {
        this.#readHeader(chunk[at] as number);
        at += 1;
        continue;
      }
      const taken = Math.min(this.#payloadBytes, chunk.byteLength - at);
      this.#payloadBytes -= taken;
      at += taken;
      if (!this.#isControl) this.receivedBytes += taken;
      if (this.#payloadBytes === 0) this.#endFrame();
    }
  }

  #readHeader(byte: number): void {
    const header = this.#header;
    header.push(byte);
    if (header.length === 2) this.#headerBytes = measureHeader(byte);
    if (header.length < this.#headerBytes) return;
    this.#isControl = ((header[0] as number) & 0x0f) >= controlOpcodes;
    this.#payloadBytes = readLength(header);
    if (!this.#isControl) this.announcedBytes += this.#payloadBytes;
    if (this.#payloadBytes === 0) this.#endFrame();
  }

  #endFrame(): void {
    const isLast = ((this.#header[0] as number) & 0x80) !== 0;
    this.#header.length = 0;
    this.#headerBytes = 2;
    if (this.#isControl) return;
    this.fragments += 1;
    this.#isFragmented = !isLast;
    if (!isLast) return;
    this.ended += 1;
    this.announcedBytes = 0;
    this.receivedBytes = 0;
    this.fragments = 0;
  }
}

/** By the second byte of a header, which says how the length is written and whether there is a mask. */
function measureHeader(byte: number): number {
  const length = byte & 0x7f;
  const lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0;
  return 2 + lengthBytes + ((byte & 0x80) === 0 ? 0 : 4);
}

function readLength(header: readonly number[]): number {
  const length = (header[1] as number) & 0x7f;
  const lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0;
  if (lengthBytes === 0) return length;
  return header.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
}
