/**
 * Fits the instances to the author's schema. Where the schema says no, and only then, a second reading is
 * offered: those of csv, or what is inside `{"features": ...}`, the convention of AWS's built-in algorithms.
 */

import { isLossyNumber } from '@optml/codecs/text';
import type * as core from 'zod/v4/core';
import type { DecodedBody } from '../bodies/decoded-body.ts';
import { isWrapper, wrappers } from '../bodies/wrappers.ts';
import { ServeError } from '../errors/errors.ts';
import { describeProblems } from './describe-problems.ts';
import { parseCoerced } from './parse-coerced.ts';
import { parseCsv } from './parse-csv.ts';
import { findMissingFile, findMistakenPart, parseForm } from './parse-form.ts';
import type { Parsed, Refusal } from './parse-in-pieces.ts';
import { areNumberRows, takesNumberRows } from './takes-number-rows.ts';

/**
 * Gives the instances as the schema returns them.
 *
 * @throws ServeError `INPUT_INVALID` with the first few problems.
 */
export function validateInstances<Input>(schema: core.$ZodType<Input>, decoded: DecodedBody): Input {
  if (takesNumberRows(schema) && (decoded.areNumberRows || areNumberRows(decoded.instances))) {
    return decoded.instances as Input;
  }
  const { outcome: first, instances } = parseFirst(schema, decoded);
  if (first.success) return keepNumbers(first.data, instances, decoded);
  const reading = unwrapFeatures(instances);
  if (reading === undefined) throw createInvalidError(instances, first, decoded);
  const second = parseCoerced(schema, reading.instances);
  if (second.success) return keepNumbers(second.data, reading.instances, decoded);
  const issues = second.issues.map((issue) => ({ ...issue, path: reading.locate(issue.path) }));
  throw createInvalidError(reading.original, { ...second, issues }, decoded);
}

function parseFirst<Input>(schema: core.$ZodType<Input>, decoded: DecodedBody): Parsed<Input> {
  if (decoded.isForm) return parseForm(schema, decoded.instances);
  if (decoded.readCells !== undefined) return parseCsv(schema, decoded);
  return { outcome: parseCoerced(schema, decoded.instances), instances: decoded.instances };
}

/** A schema that makes numbers of text would change those that are text because a double cannot hold them. */
function keepNumbers<Input>(data: Input, instances: unknown, decoded: DecodedBody): Input {
  const path = decoded.hasLossyNumbers === true ? findChangedNumber(instances, data) : undefined;
  if (path === undefined) return data;
  const issue: core.$ZodIssue = { code: 'custom', path, message: 'expected no change', input: undefined };
  throw createInvalidError(instances, { success: false, issues: [issue], isCut: true }, decoded);
}

function createInvalidError(value: unknown, { issues, isCut }: Refusal, decoded: DecodedBody): ServeError {
  const { name, hasLossyNumbers, isWhole = false } = decoded;
  const record = issues[0]?.path[0];
  const problems = describeProblems(issues, { name, value, isCut, hasLossyNumbers });
  const hint = decoded.isForm
    ? findMistakenPart(value, issues)
    : decoded.readCells === undefined
      ? findUnknownMember(value, { issues, isWhole })
      : findSeparator(value, issues) || findHeader(value, issues);
  const others = decoded.isForm ? '' : findOtherBody(issues) + findJsonText(value, issues);
  return new ServeError('INPUT_INVALID', problems + hint + others, {
    record: typeof record === 'number' ? record : undefined,
  });
}

/** A client knows media types, not the classes of JavaScript. */
function findOtherBody(issues: readonly core.$ZodIssue[]): string {
  const [first] = issues;
  const areWanted =
    first?.code === 'invalid_type' && first.path.length === 0 && String(first.expected) === 'Uint8Array';
  return areWanted
    ? '; send bytes as they are, with their media type, such as image/png'
    : findMissingFile(issues);
}

/** Clients that write JSON of what is JSON already, such as `json=json.dumps(...)` in Python. */
function findJsonText(value: unknown, [first]: readonly core.$ZodIssue[]): string {
  const text = first?.path.reduce<unknown>((part, key) => Object(part)[key], value);
  const isJson = typeof text === 'string' && /^\s*[[{]/.test(text) && /[\]}]\s*$/.test(text.slice(-64));
  return isJson ? '; the text is JSON itself: send what it holds, not encoded twice' : '';
}

/** Finds the first text for a number that has become a number, as far as both values are of one shape. */
function findChangedNumber(before: unknown, after: unknown): PropertyKey[] | undefined {
  if (typeof before === 'string') {
    return typeof after === 'number' && isLossyNumber(before.trim()) ? [] : undefined;
  }
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null) {
    return undefined;
  }
  for (const [key, part] of Object.entries(before)) {
    const inner = findChangedNumber(part, (after as Readonly<Record<string, unknown>>)[key]);
    if (inner !== undefined) return [Array.isArray(before) ? Number(key) : key, ...inner];
  }
  return undefined;
}

/** Spreadsheets of many countries write semicolons, where decimals have commas; others write tabs. */
function findSeparator(rows: unknown, issues: readonly core.$ZodIssue[]): string {
  const { path } = issues[0] ?? { path: [] };
  const row: unknown = (rows as readonly unknown[])[Number(path[0] ?? 0)];
  const [cell, ...others] = Array.isArray(row) ? row : [row];
  if (others.length > 0 || typeof cell !== 'string') return '';
  const [separator] = /[;\t|]/.exec(cell) ?? [];
  return separator === undefined
    ? ''
    : `; if ${JSON.stringify(separator)} is meant to separate cells, send commas in its place`;
}

/** What pandas writes by default, and SageMaker's csv does not have. */
function findHeader(rows: unknown, issues: readonly core.$ZodIssue[]): string {
  const [first, second] = rows as readonly unknown[];
  const isHeader = issues.some(({ path }) => path[0] === 0) && isText(first) && !isText(second);
  return isHeader ? '; record 0 is all text: if it is a header, send the rows without it' : '';
}

function isText(row: unknown): boolean {
  const cells: readonly unknown[] = Array.isArray(row) ? row : [row];
  return cells.every((cell) => typeof cell === 'string');
}

/** Other servers have other names for the instances, or take more beside them, for example `signature_name`. */
function findUnknownMember(
  value: unknown,
  { issues, isWhole }: { readonly issues: readonly core.$ZodIssue[]; readonly isWhole: boolean },
): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !issues.every(wantsNoObject))
    return '';
  const key = wrappers.find((name) => Object.hasOwn(value, name));
  // Only now: the keys of bytes and lists are their elements.
  const other = key === undefined ? undefined : Object.keys(value).find((name) => name !== key);
  if (key === undefined && isWhole) return findOtherWrapper(value);
  if (other === undefined) return '';
  return `; ${JSON.stringify(other.slice(0, 80))} is not allowed beside "${key}": send {"${key}": ...} alone`;
}

function findOtherWrapper(document: object): string {
  const [name = '', ...others] = Object.keys(document);
  if (name === '' || others.length > 0) return '';
  return `; ${JSON.stringify(name.slice(0, 80))} is not a key for instances: send {"instances": ...}`;
}

/** True for an issue of the whole, which no option of the schema would have as an object. */
function wantsNoObject(issue: core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((errors) => errors.every(wantsNoObject));
  return issue.code === 'invalid_type';
}

interface Reading {
  readonly instances: unknown;
  /** The value that problems are quoted from, and where in it a path of `instances` is. */
  readonly original: unknown;
  locate(path: PropertyKey[]): PropertyKey[];
}

function unwrapFeatures(instances: unknown): Reading | undefined {
  if (!Array.isArray(instances) || !instances.some(isFeatures)) return undefined;
  return {
    instances: instances.map((element) => (isFeatures(element) ? element.features : element)),
    original: instances,
    locate: ([index, ...rest]) => {
      if (index === undefined) return [];
      return isFeatures(instances[Number(index)]) ? [index, 'features', ...rest] : [index, ...rest];
    },
  };
}

function isFeatures(element: unknown): element is { readonly features: unknown } {
  return isWrapper(element, 'features');
}
