/** Finds JSON that is nested too deep before it is parsed, by looking at nothing but brackets and quotes. */

/**
 * Returns the index of the first bracket that opens more than `maximum` levels; `undefined` when there is none. Of text
 * that is not JSON the answer means nothing, but comes as quickly.
 */
export function findDeepNesting(text: string, maximum: number): number | undefined {
  // Each level takes a character, which spares most bodies the search.
  if (text.length <= maximum) return undefined;
  const next = [...'[{]}"'].map((character) => ({ character, at: text.indexOf(character) }));
  let depth = 0;
  for (;;) {
    let nearest: { character: string; at: number } | undefined;
    for (const candidate of next) {
      if (candidate.at !== -1 && (nearest === undefined || candidate.at < nearest.at)) nearest = candidate;
    }
    if (nearest === undefined) return undefined;
    const { character, at } = nearest;
    let end = at + 1;
    if (character === '[' || character === '{') depth += 1;
    else if (character === '"') end = findStringEnd(text, end);
    else depth -= 1;
    if (depth > maximum) return at;
    for (const candidate of next) {
      if (candidate.at !== -1 && candidate.at < end) candidate.at = text.indexOf(candidate.character, end);
    }
  }
}

/** A quote behind an odd number of backslashes does not end a string. */
function findStringEnd(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}
