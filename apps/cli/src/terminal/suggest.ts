/** Finds what was probably meant. */

import leven from 'leven';

/** The known word that is at most a third of its letters away, as `did you mean "x"?` behind a space, or nothing. */
export function suggest(word: string, known: readonly string[]): string {
  const distance = (name: string) => leven(word.toLowerCase(), name.toLowerCase());
  const [nearest] = [...known].sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined || distance(nearest) > Math.max(2, nearest.length / 3)) return '';
  return ` (did you mean "${nearest}"?)`;
}
