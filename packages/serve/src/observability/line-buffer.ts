/** Gathers lines, so that a busy server does not pay for a write with every request. */

/** No line waits longer. */
const maximumWaitMs = 100;
const usualBytes = 64 * 1024;

/** The most bytes that `addMs` adds. */
export const maximumMsBytes = 32;

/**
 * Holds lines until there are many. They are put together as bytes, in place: texts would be dozens of pieces a line,
 * whose making, joining and collecting takes longer than all the rest.
 */
export class LineBuffer {
  readonly #write: (lines: Buffer) => void;
  #bytes = Buffer.allocUnsafeSlow(usualBytes);
  #used = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Calls `write` with whole lines, whose bytes are its own. Keeps no process alive. */
  constructor(write: (lines: Buffer) => void) {
    this.#write = write;
  }

  /** Makes room for a line; what is added to it, its end included, must not be longer. */
  beginLine(maximumBytes: number): void {
    if (this.#used + maximumBytes > this.#bytes.length) this.flush();
    if (maximumBytes > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(maximumBytes);
    this.#timer ??= setTimeout(() => this.flush(), maximumWaitMs).unref();
  }

  add(part: Uint8Array): void {
    this.#bytes.set(part, this.#used);
    this.#used += part.length;
  }

  /** Of short texts, which take less time here than a call into Node. */
  addAscii(text: string): void {
    const bytes = this.#bytes;
    const at = this.#used;
    for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.#used = at + text.length;
  }

  /** Adds milliseconds, which are not negative, to the microsecond. */
  addMs(durationMs: number): void {
    const us = Math.round(durationMs * 1e3);
    const wholeMs = Math.floor(us / 1e3);
    if (wholeMs < 10) this.#bytes[this.#used++] = digitZero + wholeMs;
    else this.addAscii(String(wholeMs));
    const rest = us - 1e3 * wholeMs;
    if (rest > 0) this.#addFraction(rest);
  }

  #addFraction(thousandths: number): void {
    const bytes = this.#bytes;
    const at = this.#used;
    bytes[at] = decimalPoint;
    bytes[at + 1] = digitZero + Math.floor(thousandths / 100);
    bytes[at + 2] = digitZero + (Math.floor(thousandths / 10) % 10);
    bytes[at + 3] = digitZero + (thousandths % 10);
    this.#used = at + 4;
  }

  /** Writes what there is now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#used === 0) return;
    const lines = Buffer.from(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
    this.#write(lines);
  }
}

const digitZero = 48;
const decimalPoint = 46;
