/** Splits the text of a list into those of its items: with commas alone, as JSON, or as Python prints it. */

/** An item in either kind of quotes, or up to the next comma. */
const itemPattern = /\s*(?:("(?:[^"\\]|\\.)*")|'((?:[^'\\]|\\.)*)')\s*(?:,|$)|([^,]*)(?:,|$)/y;

/** Gives the items of `a, b`, `["a", "b"]`, `['a', 'b']` and `('a', 'b')`, without their quotes. */
export function splitList(text: string): readonly string[] {
  const inner = (/^\[(.*)\]$/s.exec(text) ?? /^\((.*)\)$/s.exec(text))?.[1] ?? text;
  const items: string[] = [];
  itemPattern.lastIndex = 0;
  // A comma at the end is Python's, of a tuple of one.
  while (itemPattern.lastIndex < inner.trimEnd().length) {
    const [, json, single, bare] = itemPattern.exec(inner) as RegExpExecArray;
    items.push(json === undefined ? (bare?.trim() ?? readSingle(single as string)) : readJson(json));
  }
  return items;
}

/** The same text in double quotes is JSON, but for escapes that only Python has. */
function readSingle(text: string): string {
  return readJson(`"${text.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"')}"`);
}

function readJson(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}
