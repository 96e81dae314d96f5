/** Parses JSON text and says where it goes wrong. */

import type { DecodeOptions } from '../codec/codec.ts';
import { shorten } from '../codec/message-parts.ts';
import { CodecError, type CodecErrorCode, type CodecErrorFacts } from '../errors.ts';
import { findLossyNumber } from '../number/find-lossy-number.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';
import { type AmbiguousKey, findAmbiguousKey } from './find-ambiguous-key.ts';
import { findDeepNesting } from './find-deep-nesting.ts';
import { findJsonError } from './find-json-error.ts';

/** Code that walks a value may call itself for each level, and the stack ends at some ten thousand. */
const maximumDepth = 1_000;

/** Where a value stands in a body of many lines. */
interface JsonStart {
  readonly line: number;
  readonly record: number;
}

interface JsonOptions extends Pick<DecodeOptions, 'lossyNumbers'> {
  readonly start?: JsonStart | undefined;
}

/**
 * Parses one JSON value, nested at most 1,000 deep. A key that comes twice in its object is refused, and so is
 * `__proto__`, which a later assignment would take for a prototype, and a number that `isLossyNumber` says would
 * change, unless `lossyNumbers` asks for it otherwise.
 *
 * @throws `CodecError` with `JSON_MALFORMED` or `NUMBER_LOSSY`, its line and column
 */
export function parseJson(text: string, { start, lossyNumbers = 'refuse' }: JsonOptions = {}): unknown {
  const deepAt = findDeepNesting(text, maximumDepth);
  if (deepAt !== undefined) {
    const message = `is nested deeper than ${maximumDepth} levels: flatten it`;
    throw createError('JSON_MALFORMED', text, deepAt, message, start);
  }
  const value = parse(text, start);
  const ambiguous = findAmbiguousKey(text, value);
  if (ambiguous !== undefined) throw createAmbiguousKeyError(text, ambiguous, start);
  const lossy = findLossyNumber(text, value);
  if (lossy === undefined) return value;
  if (lossyNumbers === 'text') return parseLossyNumbers(text, (source) => source);
  if (lossyNumbers === 'raw') return parseLossyNumbers(text, rawJSON);
  const what = `${shorten(lossy.text)} would be read as ${Number(lossy.text)}: write it as text, in quotes`;
  throw createError('NUMBER_LOSSY', text, lossy.at, what, start);
}

function createAmbiguousKeyError(
  text: string,
  { at, key }: AmbiguousKey,
  start: JsonStart | undefined,
): CodecError {
  const name = JSON.stringify(shorten(key));
  const what =
    key === '__proto__' ? 'is not allowed as a key: rename it' : 'appears twice in one object: send it once';
  return createError('JSON_MALFORMED', text, at, `${name} ${what}`, start);
}

/** Of ECMAScript 2026 and Node 22, which TypeScript does not know yet. */
type Revive = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

function parseLossyNumbers(text: string, convert: (source: string) => unknown): unknown {
  const revive: Revive = (_key, value, { source }) =>
    typeof value === 'number' && isLossyNumber(source) ? convert(source) : value;
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}

function parse(text: string, start: JsonStart | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = findJsonError(text);
    const what = isSecondValue(text, at)
      ? `a second value starts there, ${quoteNear(text, at)}: ${start === undefined ? oneDocument : oneALine}`
      : `${describe(text, at)}: ${advise(text, at)}`;
    throw createError('JSON_MALFORMED', text, at, what, start, cause);
  }
}

function createError(
  code: CodecErrorCode,
  text: string,
  at: number,
  what: string,
  start: JsonStart | undefined,
  cause?: unknown,
): CodecError {
  const before = text.slice(0, at);
  const line = (start?.line ?? 1) + (before.match(/\n/g)?.length ?? 0);
  const column = at - before.lastIndexOf('\n');
  const facts: CodecErrorFacts = { line, column, cause, record: start?.record };
  return new CodecError(code, `parsing json at line ${line}, column ${column}: ${what}`, facts);
}

const oneDocument = 'send one document, or one document per line as application/jsonlines';
const oneALine = 'start a new line before it';

/** True where a whole value ends in front of the place, and what stands there may begin one. */
function isSecondValue(text: string, at: number): boolean {
  if (!/^(?:[[{"]|-?\d|true|false|null)/.test(text.slice(at, at + 5))) return false;
  try {
    JSON.parse(text.slice(0, at));
    return true;
  } catch {
    return false;
  }
}

/** What the language of a client, or its habit, writes and JSON does not have. */
function advise(text: string, at: number): string {
  const rest = text.slice(at, at + 16);
  // A word that begins as `null` does is read up to where it does not.
  const word = /[a-z]*$/i.exec(text.slice(Math.max(0, at - 8), at))?.[0] + rest;
  if (/^(?:nan|inf(?:inity)?)\b/i.test(word))
    return 'JSON has no NaN and no Infinity: send null or a finite number';
  if (/^(?:True|False|None)\b|^'/.test(rest))
    return "JSON has double quotes, true, false and null: write it with a JSON library, as Python's json.dumps";
  if (/^undefined\b/.test(rest)) return 'JSON has no undefined: send null';
  if (/^[\p{ID_Start}_$][\p{ID_Continue}$]*\s*:/u.test(text.slice(at, at + 80)))
    return 'put keys in double quotes';
  if (/^\/[/*]/.test(rest)) return 'JSON has no comments: leave them out';
  if (/^[\]}]/.test(rest) && /,\s*$/.test(text.slice(Math.max(0, at - 100), at)))
    return 'leave out the comma in front of it';
  if (rest.startsWith(',') && /^\s*-?[\d.eE+-]+\s*$/.test(text.slice(0, at)))
    return 'if this is csv, send it as text/csv';
  return 'send one valid JSON value';
}

function describe(text: string, at: number): string {
  const what = at < text.length ? `unexpected ${JSON.stringify(text[at])}` : 'the text ends too early';
  return `${what}, ${quoteNear(text, at)}`;
}

/** Quotes a few characters only: bodies are private and long. */
function quoteNear(text: string, at: number): string {
  return `near ${JSON.stringify(text.slice(Math.max(0, at - 20), at + 20))}`;
}
