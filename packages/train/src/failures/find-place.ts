/** Finds where Node says that a module cannot be parsed or linked. */

/** The place in a first line that is nothing else, above a piece of code, as in `file:///opt/ml/code/train.js:12`. */
export function findPlace(text: string): string | undefined {
  return /^(?:file:\/\/)?(\/.*:\d+)(?:\n|$)/.exec(text)?.[1];
}
