/** Gathers lines, so that a busy server does not pay for a write with every request. */

/** No line waits longer. */
const maximumWaitMs = 100;
const maximumBytes = 64 * 1024;

export interface LineBuffer {
  /** Takes a line without its end, of Latin-1, as all is that comes from headers. */
  add(line: string): void;
  /** Writes what there is now. */
  flush(): void;
}

/**
 * Creates a buffer that calls `write` with whole lines; its timer keeps no process alive. It keeps bytes: text that
 * grows line by line is thousands of pieces, which the collector moves again and again until they are written.
 */
export function createLineBuffer(write: (lines: string) => void): LineBuffer {
  const bytes = Buffer.allocUnsafeSlow(maximumBytes);
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (used === 0) return;
    const lines = bytes.toString('latin1', 0, used);
    used = 0;
    write(lines);
  };
  return {
    add(line) {
      const text = `${line}\n`;
      if (used + text.length > maximumBytes) flush();
      if (text.length > maximumBytes) return write(text);
      used += bytes.write(text, used, 'latin1');
      timer ??= setTimeout(flush, maximumWaitMs).unref();
    },
    flush,
  };
}
