/** Parses JSON text and says where it goes wrong. */

import { CodecError, type CodecErrorFacts } from './errors.ts';
import { findJsonError } from './find-json-error.ts';

/**
 * Parses one JSON value. Keys such as `__proto__` become ordinary properties of their object.
 *
 * `start` is where the text stands in a body of many lines: its line and its record.
 *
 * @throws `CodecError` with `JSON_MALFORMED`, its line and column
 */
export function parseJson(text: string, start?: { readonly line: number; readonly record: number }): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = findJsonError(text);
    const before = text.slice(0, at);
    const line = (start?.line ?? 1) + (before.match(/\n/g)?.length ?? 0);
    const column = at - before.lastIndexOf('\n');
    const facts: CodecErrorFacts = { line, column, cause, ...(start && { record: start.record }) };
    throw new CodecError('JSON_MALFORMED', describe(text, at, line, column), facts);
  }
}

/** Quotes a few characters only: bodies are private and long. */
function describe(text: string, at: number, line: number, column: number): string {
  const near = JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));
  const what =
    at < text.length ? `${JSON.stringify(text[at])} cannot stand there` : 'the text ends too early';
  return `parsing json at line ${line}, column ${column}: ${what}, near ${near}: send one valid JSON value`;
}
