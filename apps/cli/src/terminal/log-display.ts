/** Shows the log of a container: its progress as a bar where that can be seen, and its reason for a failure not before the end. */

import { takeConsoleLines } from '@optml/train';
import { createStatusLine, type StatusStream } from './status-line.ts';
import { isSilenced } from './write-to.ts';

export interface LogDisplay {
  /** What a container that knows `OPTML_CONSOLE` is told. */
  readonly console: 'log' | 'terminal';
  /** Shows a piece of the log; resolves when the stream has taken it. */
  write(lines: Buffer): Promise<void>;
  /** Writes a line of `optml`'s own. */
  writeProse(line: string): Promise<void>;
  /** What the container has said of its failure and the log has not shown; `undefined` when it said nothing. */
  readonly failure: () => string | undefined;
  /** Tells whether the end of the log has shown `text`, however it breaks lines. */
  hasShown(text: string): boolean;
  /** Removes the bar. */
  finish(): void;
}

/** How much of the end is remembered: more than a failure file may hold. */
const tailBytes = 64 * 1024;

/** Creates the display of one container's log. */
export function createLogDisplay(stream: StatusStream): LogDisplay {
  const status = createStatusLine(stream);
  let failure: string | undefined;
  const tail = createTail();
  return {
    console: stream.isTTY === true ? 'terminal' : 'log',
    async write(lines) {
      const taken = takeConsoleLines(lines);
      for (const { kind, text } of taken.lines) {
        if (kind === 'failure') failure = text;
        else status.show(text);
      }
      tail.push(taken.log);
      await status.write(taken.log);
    },
    async writeProse(line) {
      if (!isSilenced(stream)) await status.write(`optml: ${line}\n`);
    },
    failure: () => failure,
    hasShown: (text) => unbreak(tail.text()).includes(unbreak(text)),
    finish: () => status.show(''),
  };
}

/** Keeps the pieces whole, for most are small and many. */
function createTail() {
  const pieces: Buffer[] = [];
  let bytes = 0;
  return {
    push(piece: Buffer) {
      pieces.push(piece);
      bytes += piece.length;
      for (
        let first = pieces[0];
        first !== undefined && bytes - first.length >= tailBytes;
        first = pieces[0]
      ) {
        pieces.shift();
        bytes -= first.length;
      }
    },
    text: () => Buffer.concat(pieces).toString('utf8'),
  };
}

function unbreak(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
