/**
 * Lists what a hyperparameter's text may mean; the author's schema then chooses.
 *
 * The platform sends every value as a string, in one of two encodings: plain (`gini`, from the API, the
 * console and tuning jobs) or JSON in JSON (`"gini"`, from the Python SDK's framework estimators). Python
 * callers write `True`, command lines write `a,b`. Blind `JSON.parse` would turn the category `1` into a number
 * and lose the digits of `12345678901234567890`.
 */

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
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
  if (json.ok) yield json.value;
  const plain = json.ok && typeof json.value === 'string' ? json.value : text;
  const trimmed = plain.trim();
  yield* listScalars(trimmed);
  if (/^(null|none|)$/i.test(trimmed)) yield null;
  yield plain;
  if (plain !== text) yield text;
  yield* listLists(trimmed, json.ok ? json.value : undefined);
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function* listScalars(text: string): Generator<unknown> {
  if (/^(true|1)$/i.test(text)) yield true;
  if (/^(false|0)$/i.test(text)) yield false;
  const number = parseNumber(text);
  if (number !== undefined) yield number;
  if (/^[+-]?\d+$/.test(text)) yield BigInt(text);
}

function* listLists(text: string, json: unknown): Generator<unknown> {
  if (Array.isArray(json)) {
    yield json.map((item) => (typeof item === 'string' ? (parseNumber(item) ?? item) : item));
    return;
  }
  const items = text === '' ? [] : text.split(',').map((item) => item.trim());
  yield items.map((item) => parseNumber(item) ?? item);
  yield items;
}

function parseNumber(text: string): number | undefined {
  if (numeric.test(text)) return Number(text);
  const name = text.toLowerCase();
  return Object.hasOwn(notFinite, name) ? notFinite[name] : undefined;
}
