/** What the tables of the platform's own errors hold. */

/**
 * One cause, and the texts that name it. In a text, `<name>` stands for one word, `<...>` for any words up to the end of
 * the sentence or so, and `<end>` for the end of a clause; all else has to be there, in any case and with any quotes.
 * A text of one word is the code of an error.
 */
export interface PlatformError {
  /** Its name for programs, and its anchor in docs/troubleshooting.md. */
  readonly id: string;
  readonly texts: readonly [string, ...string[]];
  /** Texts that name another cause although one of `texts` stands in them too. */
  readonly unless?: readonly string[];
  /** Names of errors that mean this where nothing else is said: they match as the whole text only. */
  readonly names?: readonly string[];
  /** What happened. */
  readonly cause: string;
  /** How that comes about. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
}

/** One heading of docs/troubleshooting.md. */
export interface PlatformErrorTable {
  readonly symptom: string;
  readonly errors: readonly PlatformError[];
}
