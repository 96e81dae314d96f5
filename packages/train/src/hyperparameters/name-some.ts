/** Names a few of many in a message. */

const shownNames = 10;

/** Joins names as in `a, b and 5 more`; ten at most are named. */
export function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(', ');
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown;
}
