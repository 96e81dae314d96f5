/** Finds the name that was probably meant. */

import leven from 'leven';

/** The longest distance, in edits, at which two names still look like a slip of the keyboard. */
const maximumEdits = 3;

/** Completes "… is unknown": `did you mean max_depth?`, or the names there are. */
export function suggestName(name: string, known: readonly string[]): string {
  const limit = Math.min(maximumEdits, Math.floor(name.length / 2));
  const [closest] = known
    .map((candidate) => ({ candidate, edits: leven(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((left, right) => left.edits - right.edits);
  if (closest !== undefined) return `did you mean ${closest.candidate}?`;
  return known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
}
