/** Parts of messages. */

/** Cuts a text: bodies are private and long. */
export function shorten(text: string, maximum = 40): string {
  return text.length > maximum ? `${text.slice(0, maximum)}...` : text;
}

/** Writes a number with its noun: `1 column`, `2 columns`. */
export function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
