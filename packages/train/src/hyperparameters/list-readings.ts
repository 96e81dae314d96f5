/**
 * Lists what a hyperparameter's text may mean; the author's schema then chooses.
 *
 * The platform sends every value as a string, in one of two encodings: plain (`gini`, from the API, the
 * console and tuning jobs) or JSON in JSON (`"gini"`, from the Python SDK's framework estimators). Python
 * callers write `True` and `['a', 'b']`, command lines write `a,b`. Blind `JSON.parse` would turn the category `1`
 * into a number and lose the digits of `12345678901234567890`.
 */

import { splitList } from './split-list.ts';

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const integer = /^[+-]?\d+$/;
const notFinite: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

/** Yields the readings of `text`, the most likely first; a schema that takes anything gets the first. */
export function* listReadings(text: string): Generator<unknown> {
  const json = parseJson(text);
  const plain = typeof json === 'string' ? json : text;
  const trimmed = plain.trim();
  const inner = typeof json === 'string' ? parseJson(plain) : json;
  const losesDigits = isLossy(inner);
  if (json !== undefined && !losesDigits) yield json;
  // Exact readings come before the number that it is nearly.
  if (losesDigits && typeof inner === 'number') yield plain;
  yield* listScalars(trimmed);
  if (/^(null|none|)$/i.test(trimmed)) yield null;
  yield plain;
  if (plain !== text) yield text;
  if (typeof json === 'string' && typeof inner === 'object' && !losesDigits) yield inner;
  yield* listLists(trimmed, inner);
  if (losesDigits) yield inner;
}

/** `undefined` for what is not JSON, which no JSON is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for whole numbers whose digits JavaScript has not kept, however deep. */
function isLossy(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(isLossy);
}

function* listScalars(text: string): Generator<unknown> {
  if (/^(true|1)$/i.test(text)) yield true;
  if (/^(false|0)$/i.test(text)) yield false;
  const number = parseNumber(text);
  if (number !== undefined && !isLossy(number)) yield number;
  if (integer.test(text)) yield BigInt(text);
  if (number !== undefined && isLossy(number)) yield number;
}

function* listLists(text: string, json: unknown): Generator<unknown> {
  if (Array.isArray(json) && json.some((item) => typeof item === 'object' && item !== null)) {
    yield json.map((item) => (typeof item === 'string' ? (parseNumber(item) ?? item) : item));
    return;
  }
  const items = splitList(text);
  yield items.map(readItem);
  yield items.map((item) => (/^(true|1)$/i.test(item) ? true : /^(false|0)$/i.test(item) ? false : item));
  yield items.map((item) => (integer.test(item) ? BigInt(item) : item));
  yield items;
  yield items.map((item) => parseNumber(item) ?? item);
}

/** What an item is by its looks. */
function readItem(item: string): unknown {
  const number = parseNumber(item);
  if (number !== undefined) return isLossy(number) ? item : number;
  if (/^(true|false)$/i.test(item)) return item.toLowerCase() === 'true';
  return /^(null|none)$/i.test(item) ? null : item;
}

function parseNumber(text: string): number | undefined {
  if (numeric.test(text)) return Number(text);
  const name = text.toLowerCase();
  return Object.hasOwn(notFinite, name) ? notFinite[name] : undefined;
}
