/** Turns an issue of a zod schema into the words that every message of optml uses. */

import type { z } from 'zod';

/** The longest quotation of a wrong value, in characters. */
const quotationCharacters = 80;

/** One issue in words. */
export interface IssueDescription {
  /** Where, as in `hosts[0]`; empty for the whole. */
  readonly path: string;
  /** What was found there; `undefined` when nothing was. */
  readonly value: unknown;
  /** What was expected, as in `expected string`. */
  readonly expectation: string;
  /** Value and expectation: it reads after the place. */
  readonly message: string;
}

/**
 * Describes one issue of a failed `safeParse`: where, the value found there, and what was expected.
 * The message reads after the place: `hosts[0]` + ` ` + `is 5: expected string`.
 */
export function describeIssue(issue: z.core.$ZodIssue, input: unknown): IssueDescription {
  const value = valueAt(input, issue.path);
  const expectation = describeExpectation(issue);
  const message = value === undefined ? `is missing: ${expectation}` : `is ${quote(value)}: ${expectation}`;
  return { path: formatPath(issue.path), value, expectation, message };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

/** zod's sentence without its prefix and without the value, which is quoted anyway. */
function describeExpectation(issue: z.core.$ZodIssue): string {
  const sentence = issue.message
    .replace(/^Invalid (input|option): /, '')
    .replace(/, received [^,]+$/, '')
    .replace(/^Unrecognized/, 'unrecognized')
    .replace(/^Too (small|big): /, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function quote(value: unknown): string {
  const text = stringify(value);
  return text.length <= quotationCharacters ? text : `${text.slice(0, quotationCharacters)}...`;
}

/** Never throws: what is cyclic, a bigint or nested too deep is named by its kind. */
function stringify(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value, shorten)?.replace(strangeNumber, '$1') ?? String(value);
  } catch {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
}

/** `null` is what JSON makes of numbers that it has no words for. */
const strangeNumber = /"\\u0000(NaN|-?Infinity)"/g;

/** Leaves out what a quotation has no room for: a value may be as large as a body. */
function shorten(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return `\0${value}`;
  if (typeof value === 'string') return value.slice(0, quotationCharacters + 1);
  return Array.isArray(value) && value.length > quotationCharacters
    ? value.slice(0, quotationCharacters)
    : value;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
