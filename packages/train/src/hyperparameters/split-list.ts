/** Splits the text of a list into those of its items: with commas alone, or with commas in brackets. */

/** An item in either kind of quotes, or up to the next comma. */
const itemPattern = /\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*(?:,|$)|([^,]*)(?:,|$)/y;

/**
 * Gives the items of `a, b`, `[a, b]` and `("a, b", c)`, without their quotes; `undefined` for brackets with brackets
 * or braces in them, which are more than a list of texts.
 */
export function splitList(text: string): readonly string[] | undefined {
  const bracketed = (/^\[(.*)\]$/s.exec(text) ?? /^\((.*)\)$/s.exec(text))?.[1];
  const inner = bracketed ?? text;
  const items: string[] = [];
  itemPattern.lastIndex = 0;
  // A comma at the end is Python's, of a tuple of one.
  while (itemPattern.lastIndex < inner.trimEnd().length) {
    const [, double, single, bare = ''] = itemPattern.exec(inner) as RegExpExecArray;
    if ((bracketed !== undefined || text.startsWith('{')) && /[[\](){}]/.test(bare)) return undefined;
    items.push(double ?? single ?? bare.trim());
  }
  return items;
}
