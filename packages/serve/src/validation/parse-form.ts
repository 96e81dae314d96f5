/**
 * Holds a form against the author's schema. All that is not a file is text in a form: where the schema says no to a text, it
 * is offered once more as what the schema wants, as a hyperparameter is.
 */

import { isLossyNumber, parseJson } from '@optml/codecs/text';
import type * as core from 'zod/v4/core';
import { type Parsed, parseInPieces } from './parse-in-pieces.ts';

/** A list of numbers in a field that was sent once is a list after the first, and numbers after the second. */
const maximumRounds = 3;

/** Parses fields and files by their names; problems are about what the fields were read as. */
export function parseForm<Input>(schema: core.$ZodType<Input>, fields: unknown): Parsed<Input> {
  let instances = fields;
  for (let round = 1; ; round += 1) {
    const outcome = parseInPieces(schema, instances);
    if (outcome.success || round > maximumRounds) return { outcome, instances };
    const changed = outcome.issues.reduce(readOtherwise, instances);
    if (changed === instances) return { outcome, instances };
    instances = changed;
  }
}

/** Gives the form with another reading of the text that an issue is about; the same form where there is none. */
function readOtherwise(form: unknown, issue: core.$ZodIssue): unknown {
  const [name, ...rest] = issue.path;
  // The whole is an object in any case.
  if (name === undefined) return form;
  return change(form, [name, ...rest], (value) => readAs(listWanted(issue), value));
}

function change(
  whole: unknown,
  [key, ...rest]: readonly PropertyKey[],
  read: (part: unknown) => unknown,
): unknown {
  if (key === undefined) return read(whole);
  if (typeof whole !== 'object' || whole === null || whole instanceof File) return whole;
  const part = (whole as Readonly<Record<PropertyKey, unknown>>)[key];
  const changed = change(part, rest, read);
  if (changed === part) return whole;
  return Array.isArray(whole) ? whole.with(Number(key), changed) : { ...whole, [key]: changed };
}

/** The types that an issue, or any branch of a union in it, would have taken in this place. */
function listWanted(issue: core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_union') {
    return issue.errors.flatMap((branch) =>
      branch.filter(({ path }) => path.length === 0).flatMap(listWanted),
    );
  }
  if (issue.code === 'invalid_type') return [issue.expected];
  return issue.code === 'invalid_value' ? issue.values.map((value) => typeof value) : [];
}

function readAs(wanted: readonly string[], value: unknown): unknown {
  for (const type of wanted) {
    const read = typeof value === 'string' ? readText(type, value.trim()) : undefined;
    if (read !== undefined) return read;
  }
  // Several of one name are a list, and so is one where a list is wanted.
  return wanted.includes('array') && !Array.isArray(value) && value !== undefined ? [value] : value;
}

/** Longer ones take time that grows with their square. */
const integer = /^[+-]?\d{1,1000}$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function readText(type: string, text: string): unknown {
  if (type === 'number' || type === 'int') {
    return decimal.test(text) && !isLossyNumber(text) ? Number(text) : undefined;
  }
  if (type === 'bigint') return integer.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
  if (type === 'boolean') {
    const words: Readonly<Record<string, boolean>> = { true: true, false: false };
    return words[text.toLowerCase()];
  }
  if (type === 'array') return text.startsWith('[') ? readJson(text) : undefined;
  return (type === 'object' || type === 'record') && text.startsWith('{') ? readJson(text) : undefined;
}

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * Says of the first part that is a file where the schema takes text, or the other way round, how to send it; or what to send
 * in place of a form.
 */
export function findMistakenPart(form: unknown, issues: readonly core.$ZodIssue[]): string {
  if (issues.some(({ code, path }) => path.length === 0 && code === 'invalid_type')) {
    return '; the predictor takes no form: send the instances as the body, with their media type, such as text/csv or image/png';
  }
  for (const issue of issues) {
    const value = issue.path.reduce<unknown>(
      (part, key) => (part as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
      form,
    );
    const wanted = listWanted(issue);
    const name = JSON.stringify(String(issue.path[0] ?? '').slice(0, 80));
    if (value instanceof File && wanted.length > 0 && !wanted.includes('file'))
      return `; ${name} is a file in the form: send it as text, without a filename`;
    if (typeof value === 'string' && wanted.includes('file'))
      return `; ${name} is text in the form: send it as a file, with a filename`;
  }
  return '';
}
