/** A last line of a terminal that changes in place, below all else that is written there. */

import { isSilenced, writeTo } from './write-to.ts';

/** Where it is shown. */
export type StatusStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface StatusLine {
  /** Shows `text` in place of what was shown before, cut to the terminal's width; `''` removes it. Does nothing elsewhere than in a terminal. */
  show(text: string): void;
  /** Writes above it; resolves when the stream has taken the bytes. */
  write(bytes: string | Uint8Array): Promise<void>;
}

/** Of a terminal that does not say, as those of containers at their start. */
const defaultColumns = 80;

const newline = 10;

/** Creates the status line of `stream`; whatever else is written there must pass through its `write`. */
export function createStatusLine(stream: StatusStream): StatusLine {
  let status = '';
  let isShown = false;
  // Another program's line may be without its end for a while; nothing is drawn into it.
  let isLineOpen = false;
  const draw = (): string => {
    isShown = status !== '' && !isLineOpen;
    return isShown ? status.slice(0, readColumns(stream) - 1) : '';
  };
  const erase = () => (isShown ? '\r\u001b[2K' : '');
  return {
    show(text) {
      if (stream.isTTY !== true || isSilenced(stream) || text === status) return;
      status = text;
      const change = erase() + draw();
      if (change !== '') stream.write(change);
    },
    async write(bytes) {
      const text = Buffer.from(bytes as Uint8Array);
      if (text.length === 0) return;
      const before = erase();
      isLineOpen = text.at(-1) !== newline;
      const after = draw();
      await writeTo(
        stream,
        before + after === '' ? text : Buffer.concat([Buffer.from(before), text, Buffer.from(after)]),
      );
    },
  };
}

/** The width of the terminal now, in characters. */
export function readColumns({ columns }: StatusStream): number {
  return columns || defaultColumns;
}
