/** Finds the name that was probably meant. */

import leven from 'leven';

/** The longest distance, in edits, at which two names still look like a slip of the keyboard. */
const maximumEdits = 3;

/** Completes "… is unknown": `did you mean max_depth?`, or the names there are. */
export function suggestName(name: string, known: readonly string[]): string {
  const closest = findClosest(name, known);
  if (closest !== undefined) return `did you mean ${closest}?`;
  return known.length === 0 ? 'no names are known' : `the known names are ${known.join(', ')}`;
}

/** Finds the one of `known` that `name` may be a misspelling of. */
export function findClosest(name: string, known: readonly string[]): string | undefined {
  const limit = Math.min(maximumEdits, Math.floor(name.length / 2));
  const [closest] = known
    .map((candidate) => ({ candidate, edits: leven(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((left, right) => left.edits - right.edits);
  return closest?.candidate;
}

const shownNames = 10;

/** Joins names as in `a, b and 5 more`; ten at most are named. */
export function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(', ');
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown;
}
