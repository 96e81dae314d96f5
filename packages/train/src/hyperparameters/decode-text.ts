/**
 * Decodes the text of a hyperparameter, for programs and definitions alike.
 *
 * The platform sends every value as text, in one of two encodings: plain (`gini`, from the API, the console and
 * tuning jobs) or JSON (`"gini"`, from the Python SDK's framework estimators). Plain `JSON.parse` would change
 * values silently: `31e4567` to Infinity, `1.10` to 1.1, the last digits of `12345678901234567890`.
 */

import { isTooDeep, type TextNode } from './text-node.ts';

export interface DecodedText {
  /** The text as it was delivered, less one layer of JSON string quoting. */
  readonly plain: string;
  /** The value, when the text is JSON. */
  readonly json: TextNode | undefined;
}

export function decodeText(text: string): DecodedText {
  const json = parseJsonNode(text);
  return { plain: json?.kind === 'text' ? json.text : text, json };
}

/** Of ECMAScript 2026 and Node 22, which TypeScript does not know yet. */
type Revive = (key: string, value: unknown, context: { readonly source: string }) => TextNode;
const { rawJSON, isRawJSON } = JSON as unknown as {
  readonly rawJSON: (text: string) => object;
  readonly isRawJSON: (value: unknown) => boolean;
};

export { isRawJSON };

/** Returns what JSON spells; `undefined` for any other text, and for JSON that is nested too deep to walk. */
export function parseJsonNode(text: string): TextNode | undefined {
  const revive: Revive = (_key, value, { source }) => {
    if (typeof value === 'string') return { kind: 'text', text: value };
    if (Array.isArray(value)) return { kind: 'list', items: value as TextNode[] };
    if (typeof value !== 'object' || value === null) return { kind: 'word', text: source };
    return { kind: 'object', entries: Object.entries(value as Record<string, TextNode>) };
  };
  try {
    const node = JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as TextNode;
    return isTooDeep(node) ? undefined : node;
  } catch {
    return undefined;
  }
}

/**
 * Returns a value that `JSON.stringify` writes as the text spells it, with the same digits: numbers are raw JSON. A
 * number that overflows a double is text instead, for its reader would get Infinity.
 */
export function toJsonValue({ plain, json }: DecodedText): unknown {
  return json === undefined ? plain : toValue(json);
}

function toValue(node: TextNode): unknown {
  switch (node.kind) {
    case 'list':
      return node.items.map(toValue);
    case 'object':
      return Object.fromEntries(node.entries.map(([name, item]) => [name, toValue(item)]));
    case 'text':
      return node.text;
    case 'word':
      return Math.abs(Number(node.text)) === Number.POSITIVE_INFINITY ? node.text : rawJSON(node.text);
  }
}
