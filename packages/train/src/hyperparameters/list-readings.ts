/** Lists what the text of a hyperparameter, and each text in it, may mean; the author's schema then chooses. */

import { isLossyNumber } from '@optml/codecs/text';
import { decodeText, parseJsonNode } from './decode-text.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { isLeaf, type TextLeaf, type TextNode } from './text-node.ts';

/** Yields the readings of `text`, the most likely first; a schema that takes anything gets the first. */
export function* listReadings(text: string): Generator<TextNode> {
  const { plain, json } = decodeText(text);
  const trimmed = plain.trim();
  const structure = [json, parseJsonNode(trimmed), parsePythonLiteral(trimmed)].find(isStructure);
  yield json ?? { kind: 'word', text: plain };
  if (isStructure(json)) yield { kind: 'text', text: plain };
  if (plain !== text) yield { kind: 'text', text };
  if (structure !== undefined && structure !== json) yield structure;
  const list = structure === undefined ? readCommaList(trimmed) : undefined;
  if (list !== undefined) yield list;
}

/** A list may have commas alone, and words without quotes. */
function readCommaList(text: string): TextNode | undefined {
  const items = splitList(text)?.map((item) => ({ kind: 'word' as const, text: item }));
  return parsePythonLiteral(`[${text}]`) ?? (items && { kind: 'list', items });
}

/** An item in either kind of quotes, or up to the next comma. */
const itemPattern = /\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*(?:,|$)|([^,]*)(?:,|$)/y;

/**
 * Gives the items of `a, b`, `[a, b]` and `("a, b", c)`, without their quotes; `undefined` for brackets with brackets
 * or braces in them, which are more than a list of texts.
 */
function splitList(text: string): readonly string[] | undefined {
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

function isStructure(node: TextNode | undefined): node is TextNode {
  return node !== undefined && !isLeaf(node);
}

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;
const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const integer = /^[+-]?\d+$/;
const notFinite = /^([+-]?)(nan|inf|infinity)$/i;

/**
 * Lists the values that a text may stand for, the most likely first. A number is among them only when a double can
 * hold it, and behind the text when writing it again would not give the same (`007`): where the schema takes text it
 * gets text.
 */
export function listLeafReadings({ kind, text }: TextLeaf): readonly unknown[] {
  const trimmed = text.trim();
  const number = readNumber(trimmed);
  const isPlainNumber = kind === 'word' && number !== undefined && jsonNumber.test(trimmed);
  const others = [
    ...(/^(true|1)$/i.test(trimmed) ? [true] : []),
    ...(/^(false|0)$/i.test(trimmed) ? [false] : []),
    ...(/^(null|none|)$/i.test(trimmed) ? [null] : []),
  ];
  const numbers = [
    ...(number === undefined ? [] : [number]),
    ...(integer.test(trimmed) ? [BigInt(trimmed)] : []),
  ];
  if (kind === 'text') return [text, ...others, ...numbers];
  return isPlainNumber ? [number, ...others, ...numbers, text] : [...others, text, ...numbers];
}

function readNumber(text: string): number | undefined {
  if (numeric.test(text)) return isLossyNumber(text) ? undefined : Number(text);
  const [matched, sign, name] = notFinite.exec(text) ?? [];
  if (matched === undefined) return undefined;
  if (name?.toLowerCase() === 'nan') return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
