/** Writes a word so that a shell reads it as one. */

/** Quotes `word` where a POSIX shell would take it apart or change it. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
