/** Parses JSON text and says where it goes wrong. */

import { CodecError, type CodecErrorFacts } from './errors.ts';
import { findAmbiguousKey } from './find-ambiguous-key.ts';
import { findDeepNesting } from './find-deep-nesting.ts';
import { findJsonError } from './find-json-error.ts';

/** Code that walks a value may call itself for each level, and the stack ends at some ten thousand. */
const maximumDepth = 1_000;

/** Where a value stands in a body of many. */
interface JsonStart {
  readonly line: number;
  readonly record: number;
}

/**
 * Parses one JSON value, nested at most 1,000 deep. A key that comes twice in its object is refused, and so is
 * `__proto__`, which a later assignment would take for a prototype.
 *
 * `start` is where the text stands in a body of many lines: its line and its record.
 *
 * @throws `CodecError` with `JSON_MALFORMED`, its line and column
 */
export function parseJson(text: string, start?: JsonStart): unknown {
  const deepAt = findDeepNesting(text, maximumDepth);
  if (deepAt !== undefined) {
    const message = `is nested deeper than ${maximumDepth} levels: send it flatter`;
    throw createError(text, deepAt, message, start, undefined);
  }
  const value = parse(text, start);
  const ambiguous = findAmbiguousKey(text, value);
  if (ambiguous === undefined) return value;
  const { at, key } = ambiguous;
  const name = JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}...` : key);
  const what =
    key === '__proto__' ? 'is no key for data: rename it' : 'comes twice in one object: send it once';
  throw createError(text, at, `${name} ${what}`, start, undefined);
}

function parse(text: string, start: JsonStart | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = findJsonError(text);
    throw createError(text, at, `${describe(text, at)}: send one valid JSON value`, start, cause);
  }
}

function createError(
  text: string,
  at: number,
  what: string,
  start: JsonStart | undefined,
  cause: unknown,
): CodecError {
  const before = text.slice(0, at);
  const line = (start?.line ?? 1) + (before.match(/\n/g)?.length ?? 0);
  const column = at - before.lastIndexOf('\n');
  const facts: CodecErrorFacts = { line, column, cause, ...(start && { record: start.record }) };
  return new CodecError('JSON_MALFORMED', `parsing json at line ${line}, column ${column}: ${what}`, facts);
}

/** Quotes a few characters only: bodies are private and long. */
function describe(text: string, at: number): string {
  const near = JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));
  const what =
    at < text.length ? `${JSON.stringify(text[at])} cannot stand there` : 'the text ends too early';
  return `${what}, near ${near}`;
}
