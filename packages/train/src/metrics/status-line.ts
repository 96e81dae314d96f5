/** A last line of a terminal that changes in place, below the lines of a log. */

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
    show: (text) => terminal.write(draw(text.slice(0, Math.max(0, terminal.columns() - 1)))),
    clear: () => terminal.write(draw('')),
    writeLine(line) {
      const status = shown;
      terminal.write(`${draw('')}${line}\n${draw(status)}`);
    },
  };
}
