/** The log of a container: one line per message, readable in CloudWatch, where every line has a time already. */

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;

type Level = keyof typeof levels;

/** Writes one line per call, with `fields` as `name=value` behind the message. */
export type Log = {
  readonly [Name in Level]: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};

export interface LogOptions {
  /** What is below it is left out, on Python's scale: 10 debug, 20 info, 30 warn, 40 error. */
  readonly minimumLevel: number;
  /** `text` for people (default), `json` for one JSON object a line with `level` and `message` first. */
  readonly format?: 'text' | 'json';
}

/** Creates a log that writes through `writeLine`, which gets lines without their end. */
export function createLog(writeLine: (line: string) => void, options: LogOptions): Log {
  const { minimumLevel, format = 'text' } = options;
  const formatLine = format === 'json' ? formatJson : formatText;
  const write =
    (level: Level): Log['info'] =>
    (message, fields = {}) => {
      if (levels[level] >= minimumLevel) writeLine(formatLine(level, message, fields));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

type Fields = Readonly<Record<string, unknown>>;

function formatJson(level: Level, message: string, fields: Fields): string {
  const { level: _level, message: _message, ...others } = fields;
  return JSON.stringify({ level, message, ...others });
}

function formatText(level: Level, message: string, fields: Fields): string {
  return [level.toUpperCase().padEnd(5), message, ...Object.entries(fields).map(formatField)].join(' ');
}

/** JSON keeps a value with line breaks on the one line. */
function formatField([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)}`;
}
