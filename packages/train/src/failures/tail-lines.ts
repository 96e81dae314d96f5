/** Keeps the end of a stream at a cost that does not grow with the stream. */

export interface Tail {
  /** Copies at most `maximumBytes`; decodes nothing. */
  push(chunk: Uint8Array): void;
  /** Decodes what is kept: whole lines without their ends, oldest first. A line longer than the tail keeps its end. */
  lines(): readonly string[];
}

/** Keeps the last `maximumBytes` of what is pushed, in one buffer of that size; chunks are not held. */
export function createTail(maximumBytes: number): Tail {
  // The one byte more tells whether what is kept begins with a line.
  const size = maximumBytes + 1;
  const ring = Buffer.alloc(size);
  let end = 0;
  let isFull = false;
  return {
    push(chunk) {
      const kept = chunk.subarray(Math.max(0, chunk.length - size));
      const untilWrap = Math.min(kept.length, size - end);
      ring.set(kept.subarray(0, untilWrap), end);
      ring.set(kept.subarray(untilWrap), 0);
      isFull ||= end + kept.length >= size;
      end = (end + kept.length) % size;
    },
    lines() {
      const bytes = isFull
        ? dropPartialLine(Buffer.concat([ring.subarray(end), ring.subarray(0, end)]))
        : ring.subarray(0, end);
      // In stream mode the decoder holds back a character whose last bytes have not come yet.
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
      const lines = text.split(/\r?\n/);
      return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    },
  };
}

const newline = 0x0a;

function dropPartialLine(bytes: Buffer): Buffer {
  const first = bytes.indexOf(newline);
  if (first !== -1 && first < bytes.length - 1) return bytes.subarray(first + 1);
  // One endless line: what is left of a character that was cut is dropped.
  const start = bytes.findIndex((byte, index) => index > 0 && (byte & 0xc0) !== 0x80);
  return bytes.subarray(Math.max(1, start));
}
