/** Turns an issue of a zod schema into the words that every message of optml uses. */

import type * as core from 'zod/v4/core';
import { summarize } from './summarize.ts';

/** The longest quotation of a wrong value, in characters. */
const quotationCharacters = 80;

/** The longest expectation: a schema's own message may list every key of a body. */
const expectationCharacters = 400;

/** One issue in words. */
export interface IssueDescription {
  /** Where, for example `hosts[0]`; empty for the whole. */
  readonly path: string;
  /** What was found there; `undefined` when nothing was. */
  readonly value: unknown;
  /** What was expected, for example `expected string`. */
  readonly expectation: string;
  /** Value and expectation: it reads after the place. */
  readonly message: string;
}

/**
 * Describes one issue of a failed `safeParse`: where, the value found there, and what was expected.
 * The message reads after the place: `hosts[0]` + ` ` + `is 5: expected string`.
 */
export function describeIssue(issue: core.$ZodIssue, input: unknown): IssueDescription {
  const value = valueAt(input, issue.path);
  const expectation = describeExpectation(issue);
  const message = value === undefined ? `is missing: ${expectation}` : `is ${quote(value)}: ${expectation}`;
  return { path: formatPath(issue.path), value, expectation, message };
}

/** Issues of one error that are described; the others are counted. */
const describedIssues = 3;

/**
 * Puts an error that `schema.parse` has thrown into one line, for example `format: expected array, received string`: its own
 * message is a page of JSON. Gives `undefined` for anything else. Never throws.
 */
export function describeSchemaError(thrown: unknown): string | undefined {
  try {
    const { name, issues } = thrown as core.$ZodError;
    return name === 'ZodError' && issues.length > 0 ? joinIssues(issues) : undefined;
  } catch {
    return undefined;
  }
}

function joinIssues(issues: readonly core.$ZodIssue[]): string {
  const lines = issues.slice(0, describedIssues).map(({ path, message }) => {
    const sentence = clip(message, expectationCharacters).replace(/^Invalid input: /, '');
    return path.length === 0 ? sentence : `${formatPath(path)}: ${sentence}`;
  });
  const others = issues.length - lines.length;
  return [...lines, ...(others > 0 ? [`and ${others} more`] : [])].join('; ');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

/** zod's sentence without its prefix and without the value, which is quoted anyway. */
function describeExpectation(issue: core.$ZodIssue): string {
  const sentence = clip(issue.message, expectationCharacters)
    .replace(/^Invalid (input|option): /, '')
    .replace(/, received [^,]+$/, '')
    .replace(/^Unrecognized/, 'unrecognized')
    .replace(/^Too (small|big): /, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** Writes a value for a message, shortened. */
export function quote(value: unknown): string {
  // With room to spare, or the marks of what was cut there would stand in the middle of the quotation.
  const summary = summarize(value, {
    maximumCharacters: 2 * quotationCharacters,
    markWord: (word) => `\0${word}`,
  });
  return clip(JSON.stringify(summary).replaceAll(markedWord, '$1'), quotationCharacters);
}

/** What JSON has no word for is written as it is called, and not as text. */
const markedWord = /"\\u0000([^"]*)"/g;

function clip(text: string, maximumCharacters: number): string {
  return text.length <= maximumCharacters ? text : `${text.slice(0, maximumCharacters)}...`;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
