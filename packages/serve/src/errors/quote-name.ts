/** Names what a client has named, in a message. */

/** Gives the name in quotes, cut where it is long. */
export function quoteName(name: string, mostCharacters = 100): string {
  return JSON.stringify(name.length > mostCharacters ? `${name.slice(0, mostCharacters)}...` : name);
}
