/** The author's log: one line per message, readable in CloudWatch, where every line has a time already. */

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;

/** Writes one line per call, with `fields` as `name=value` behind the message. */
export type Log = {
  readonly [Level in keyof typeof levels]: (
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => void;
};

/** Creates a log that leaves out what is below `minimumLevel` (Python's scale: 10 debug to 40 error). */
export function createLog(writeLine: (line: string) => void, minimumLevel: number): Log {
  const write =
    (level: keyof typeof levels): Log['info'] =>
    (message, fields = {}) => {
      if (levels[level] < minimumLevel) return;
      writeLine(
        [level.toUpperCase().padEnd(5), message, ...Object.entries(fields).map(formatField)].join(' '),
      );
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function formatField([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)}`;
}
