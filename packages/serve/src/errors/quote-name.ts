/** Names what a client has named, in a message. */

const quotedCharacters = 100;

/** Gives the name in quotes, cut where it is long. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > quotedCharacters ? `${name.slice(0, quotedCharacters)}...` : name);
}
