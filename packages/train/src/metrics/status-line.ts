/** A last line of a terminal that changes in place, below the lines of a log. */

import { formatConsoleLine } from '../job/console-line.ts';

/** A terminal to write to. */
export interface Terminal {
  write(text: string): void;
  /** Its width now, in characters. */
  columns(): number;
}

export interface StatusLine {
  /** Shows `text` in place of what was shown before, cut to the terminal's width. */
  show(text: string): void;
  /** Removes it. */
  clear(): void;
  /** Writes a line above it. */
  writeLine(line: string): void;
}

/** Of a terminal that does not say, as those of containers at their start. */
const defaultColumns = 80;

const eraseLine = '\r\u001b[2K';

/** Creates the status line of a terminal; whatever else is written there must pass through its `writeLine`. */
export function createStatusLine(terminal: Terminal): StatusLine {
  let shown = '';
  const draw = (text: string) => {
    const erase = shown === '' ? '' : eraseLine;
    shown = text;
    return erase + text;
  };
  return {
    show: (text) => terminal.write(draw(flatten(text).slice(0, (terminal.columns() || defaultColumns) - 1))),
    clear: () => terminal.write(draw('')),
    writeLine(line) {
      const status = shown;
      terminal.write(`${draw('')}${line}\n${draw(status)}`);
    },
  };
}

/** A line that breaks could not be erased. */
function flatten(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Creates the status line of a terminal that another program holds, which is told in lines of the log. */
export function createRemoteStatusLine(writeLine: (line: string) => void): StatusLine {
  const show = (text: string) => writeLine(formatConsoleLine({ kind: 'status', text }));
  return { show, clear: () => show(''), writeLine };
}
