/** Finds the lines in which a program says why it ends. */

import { cleanLine } from './clean-text.ts';

export interface LastLines {
  readonly lastErrorLines: readonly string[];
  readonly lastOutputLines: readonly string[];
}

/** Takes those of standard error, or of standard output when the program has written nothing else. */
export function findLastWords(
  { lastErrorLines, lastOutputLines }: LastLines,
  { hasMpirun }: { readonly hasMpirun: boolean },
): readonly string[] {
  const ownLines = hasMpirun ? dropNotes(lastErrorLines) : lastErrorLines;
  return hasWords(ownLines) || !hasWords(lastOutputLines) ? lastErrorLines : lastOutputLines;
}

function hasWords(lines: readonly string[]): boolean {
  return lines.some((line) => cleanLine(line) !== '');
}

/** `mpirun` puts what it says itself between lines of dashes. */
function dropNotes(lines: readonly string[]): readonly string[] {
  let isNote = false;
  return lines.filter((line) => {
    const isEdge = /^-{40,}$/.test(line);
    if (isEdge) isNote = !isNote;
    return !isEdge && !isNote;
  });
}
