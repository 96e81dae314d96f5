/** Where the server and the author's code write; the app decides what becomes of it. */

const levels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof levels)[number];

/** Takes one message a call, with facts as `fields`. */
export type Logger = {
  readonly [Level in LogLevel]: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};

/** Creates a logger of all levels out of one function. */
export function createLogger(
  write: (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void,
): Logger {
  const [debug, info, warn, error] = levels.map(
    (level) => (message: string, fields?: Readonly<Record<string, unknown>>) => write(level, message, fields),
  ) as [Logger['debug'], Logger['info'], Logger['warn'], Logger['error']];
  return { debug, info, warn, error };
}

/** Wraps a logger so that every message carries `fields`. */
export function withFields(log: Logger, fields: Readonly<Record<string, unknown>>): Logger {
  return createLogger((level, message, more) => log[level](message, { ...fields, ...more }));
}
