/** The log of a container: one line per message, readable in CloudWatch, where every line has a time already. */

import { summarize } from './summarize.ts';

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;

export type LogLevel = keyof typeof levels;

/** Room for a stack with its causes; CloudWatch takes lines of 256 KiB. */
const fieldCharacters = 32_768;

/**
 * Writes one line per call, with `fields` as `name=value` behind the message: what there is no room for in some 32,000
 * characters is left out, and what JSON has no word for is named. A line break in the message is written as `\n`.
 */
export type Log = {
  readonly [Level in LogLevel]: (message: string, fields?: Fields) => void;
};

type Fields = Readonly<Record<string, unknown>>;

export interface LogOptions {
  /** What is below it is left out, on Python's scale: 10 debug, 20 info, 30 warn, 40 error. */
  readonly minimumLevel: number;
  /** `text` for people (default), `json` for one JSON object a line with `level` and `message` first. */
  readonly format?: 'text' | 'json' | undefined;
}

/** Creates a log that writes through `writeLine`, which gets lines without their end. */
export function createLog(writeLine: (line: string) => void, options: LogOptions): Log {
  const { minimumLevel, format = 'text' } = options;
  const formatLine = format === 'json' ? formatJson : formatText;
  return logThrough((level, message, fields = {}) => {
    if (levels[level] >= minimumLevel) writeLine(formatLine(level, message, fields));
  });
}

/** Creates a log of all levels out of one function. */
export function logThrough(write: (level: LogLevel, message: string, fields?: Fields) => void): Log {
  const at =
    (level: LogLevel): Log['info'] =>
    (message, fields) =>
      write(level, message, fields);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Wraps a log so that every message carries `fields`. */
export function withFields(log: Log, fields: Fields): Log {
  return logThrough((level, message, more) => log[level](message, { ...fields, ...more }));
}

function formatJson(level: LogLevel, message: string, fields: Fields): string {
  const { level: _level, message: _message, ...others } = cutFields(fields);
  return JSON.stringify({ level, message, ...others });
}

function formatText(level: LogLevel, message: string, fields: Fields): string {
  const words = [`${message}`.trimEnd(), ...Object.entries(cutFields(fields)).map(formatField)];
  return [level.toUpperCase().padEnd(5), ...words].join(' ').replace(lineBreaks, escapeLineBreak);
}

const lineBreaks = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;

/** As JSON has it in a field. */
function escapeLineBreak(text: string): string {
  const named = JSON.stringify(text).slice(1, -1);
  return named === text ? `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}` : named;
}

/** An author may log a model's whole answer. */
function cutFields(fields: Fields): Fields {
  const summary = summarize(fields, { maximumCharacters: fieldCharacters });
  return typeof summary === 'object' ? (summary as Fields) : { fields: summary };
}

/** JSON keeps a value with line breaks on the one line. */
function formatField([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)}`;
}
