/**
 * What a job tells the program that shows its log to somebody, in lines of that log: `optml train` sets `OPTML_CONSOLE`,
 * takes these lines out, and shows what they say where it belongs.
 */

import type { Environment } from '@optml/contract/environment';

/** A word to the console. */
export interface ConsoleLine {
  /** `status` is shown in place of the status before, below the log; `failure` is said last. */
  readonly kind: 'status' | 'failure';
  /** May have several lines. An empty status removes the one before. */
  readonly text: string;
}

/** What the reader of the log makes of it: nothing, `log` is told of failures, `terminal` of progress, too. */
export type Console = 'none' | 'log' | 'terminal';

export function readConsole({ OPTML_CONSOLE }: Environment): Console {
  return OPTML_CONSOLE === 'log' || OPTML_CONSOLE === 'terminal' ? OPTML_CONSOLE : 'none';
}

// A command of the operating system's kind, which a terminal passes over if one ever gets there.
const begin = '\u001b]optml;';
const end = '\u0007';

/** Writes the line, without its end. */
export function formatConsoleLine(line: ConsoleLine): string {
  return `${begin}${JSON.stringify(line)}${end}`;
}

const linePattern = new RegExp(`${begin.replace(']', '\\]')}(\\{[^${end}]*\\})${end}\\r?\\n?`, 'g');

/** Takes the words to the console out of a piece of a log, in which no line of theirs is cut. */
export function takeConsoleLines(log: Buffer): {
  readonly log: Buffer;
  readonly lines: readonly ConsoleLine[];
} {
  if (!log.includes(begin)) return { log, lines: [] };
  const lines: ConsoleLine[] = [];
  // A log need not be UTF-8: what is not taken out stays as it is, byte by byte.
  const rest = log.toString('latin1').replace(linePattern, (text, json: string) => {
    const line = parse(Buffer.from(json, 'latin1').toString('utf8'));
    if (line === undefined) return text;
    lines.push(line);
    return '';
  });
  return { log: Buffer.from(rest, 'latin1'), lines };
}

function parse(json: string): ConsoleLine | undefined {
  try {
    const { kind, text } = JSON.parse(json);
    return (kind === 'status' || kind === 'failure') && typeof text === 'string' ? { kind, text } : undefined;
  } catch {
    return undefined;
  }
}
