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
    let changed = instances;
    for (const { path, wanted } of listWishes(outcome.issues)) {
      // An option of a union that was not meant may have changed it before.
      const text = valueAt(fields, path);
      changed = change(changed, path, (value) => readAs(wanted, value, text));
    }
    if (changed === instances) return { outcome, instances };
    instances = changed;
  }
}

/** What a schema would have taken in one place, by the names of types. */
interface Wish {
  readonly path: readonly PropertyKey[];
  readonly wanted: readonly string[];
  /** Of a file that has another. */
  readonly mediaTypes: readonly string[];
}

/** Gives one for each place that the issues, or any branches of unions in them, are about. */
function listWishes(issues: readonly core.$ZodIssue[]): readonly Wish[] {
  const all = issues.flatMap((issue) => listWishesOf(issue, []));
  const byPlace = Map.groupBy(all, ({ path }) => JSON.stringify(path.map(String)));
  return Array.from(byPlace.values(), (wishes) => ({
    path: wishes[0]?.path ?? [],
    wanted: wishes.flatMap(({ wanted }) => wanted),
    mediaTypes: wishes.flatMap(({ mediaTypes }) => mediaTypes),
  }));
}

function listWishesOf(issue: core.$ZodIssue, prefix: Wish['path']): readonly Wish[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union')
    return issue.errors.flat().flatMap((inner) => listWishesOf(inner, path));
  if (issue.code === 'invalid_type') return [{ path, wanted: [issue.expected], mediaTypes: [] }];
  if (issue.code !== 'invalid_value') return [];
  const mediaTypes = issue.values.filter(isMediaType);
  return [{ path, wanted: issue.values.map((value) => typeof value), mediaTypes }];
}

/** The issue of a file's type is like that of a text which is none of several. */
function isMediaType(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.+-]+\/[\w.+*-]+$/.test(value);
}

function valueAt(form: unknown, path: Wish['path']): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key],
    form,
  );
}

/** Gives the whole with another part; the same where that does not change. The form itself is an object in any case. */
function change(whole: unknown, [key, ...rest]: Wish['path'], read: (part: unknown) => unknown): unknown {
  if (key === undefined || typeof whole !== 'object' || whole === null || whole instanceof File) return whole;
  const part = (whole as Readonly<Record<PropertyKey, unknown>>)[key];
  const changed = rest.length === 0 ? read(part) : change(part, rest, read);
  if (changed === part) return whole;
  return Array.isArray(whole) ? whole.with(Number(key), changed) : { ...whole, [key]: changed };
}

function readAs(wanted: readonly string[], value: unknown, text: unknown): unknown {
  for (const type of wanted) {
    const read = typeof value === 'string' ? readText(type, value.trim()) : undefined;
    if (read !== undefined) return read;
  }
  if (wanted.includes('string') && typeof text === 'string') return text;
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

/** Says how files are sent, where the schema wants one in a body that is not a form. */
export function findMissingFile(issues: readonly core.$ZodIssue[]): string {
  if (!listWishes(issues).some(({ wanted }) => wanted.includes('file'))) return '';
  return '; files come as multipart/form-data: send a form in place of this body';
}

/**
 * Says of the first part that is a file where the schema takes text, or the other way round, or a file of another type, how
 * to send it; or what to send in place of a form.
 */
export function findMistakenPart(form: unknown, issues: readonly core.$ZodIssue[]): string {
  if (issues.some(({ code, path }) => path.length === 0 && code === 'invalid_type')) {
    return '; the predictor takes no form: send the instances as the body, with their media type, such as text/csv or image/png';
  }
  for (const { path, wanted, mediaTypes } of listWishes(issues)) {
    const value = valueAt(form, path);
    const name = JSON.stringify(String(path[0] ?? '').slice(0, 80));
    if (value instanceof File && mediaTypes.length > 0) {
      const type =
        value.type === '' ? 'without a type' : `of the type ${JSON.stringify(value.type.slice(0, 80))}`;
      return `; ${name} is a file ${type}: send one of the type ${mediaTypes.slice(0, 10).join(' or ')}`;
    }
    if (value instanceof File && !wanted.includes('file'))
      return `; ${name} is a file in the form: send it as text, without a filename`;
    if (typeof value === 'string' && wanted.includes('file'))
      return `; ${name} is text in the form: send it as a file, with a filename`;
  }
  return '';
}
