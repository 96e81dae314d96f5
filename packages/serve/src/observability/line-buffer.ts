/** Gathers lines, so that a busy server does not pay for a write with every request. */

/** No line waits longer. */
const maximumWaitMs = 100;
const maximumCharacters = 64 * 1024;

export interface LineBuffer {
  /** Takes a line without its end. */
  add(line: string): void;
  /** Writes what there is now. */
  flush(): void;
}

/** Creates a buffer that calls `write` with whole lines; its timer keeps no process alive. */
export function createLineBuffer(write: (lines: string) => void): LineBuffer {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (text === '') return;
    const lines = text;
    text = '';
    write(lines);
  };
  return {
    add(line) {
      text += `${line}\n`;
      if (text.length >= maximumCharacters) flush();
      else timer ??= setTimeout(flush, maximumWaitMs).unref();
    },
    flush,
  };
}
