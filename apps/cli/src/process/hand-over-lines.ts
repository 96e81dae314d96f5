/** Reads the output of a process in whole lines, and knows when to stop reading a pipe that nobody closes. */

import type { Readable } from 'node:stream';

/** A line longer than this is handed over in pieces. */
const lineBytes = 1024 * 1024;

/** How long the output may be quiet, after the process has ended, while another that left the group holds the pipe. */
const lateOutputMs = 1_000;

/** The reading of one stream. */
export interface HandOver {
  /** Resolves when the stream has ended and every line was taken. */
  readonly done: Promise<void>;
  /** From now on a quiet second means that nothing more will come. */
  expectEnd(): void;
}

/**
 * Starts to read; cuts after the last line end of what has arrived, so that the lines of two streams never run into each
 * other. With `showsRedrawing` it also cuts where a line is redrawn: a bar is then seen while it grows.
 */
export function handOverLines(
  stream: Readable,
  { showsRedrawing = false }: { readonly showsRedrawing?: boolean },
  onLines: (lines: Buffer) => Promise<void>,
): HandOver {
  let endExpected = false;
  /** Nothing is to be waited for: lines are being taken, or the stream has ended. */
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  const watch = () => {
    if (endExpected && !busy) timer = setTimeout(() => stream.destroy(), lateOutputMs);
  };
  const read = async () => {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of readUntilDestroyed(stream)) {
      clearTimeout(timer);
      busy = true;
      const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = all.length > lineBytes ? all.length : findEnd(all, showsRedrawing);
      rest = all.subarray(end);
      if (end > 0) await onLines(all.subarray(0, end));
      busy = false;
      watch();
    }
    clearTimeout(timer);
    busy = true;
    if (rest.length > 0) await onLines(rest);
  };
  return {
    done: read(),
    expectEnd() {
      endExpected = true;
      watch();
    },
  };
}

const [newline, carriageReturn] = [10, 13];

function findEnd(text: Buffer, showsRedrawing: boolean): number {
  const end = text.lastIndexOf(newline) + 1;
  return showsRedrawing ? Math.max(end, text.lastIndexOf(carriageReturn)) : end;
}

async function* readUntilDestroyed(stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
