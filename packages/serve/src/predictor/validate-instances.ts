/**
 * Fits the instances to the author's schema. Where the schema says no, and only then, a second reading is
 * offered: the text of a csv cell that had been read as a number (`007` for a `z.string()`), or what is inside
 * `{"features": ...}`, the convention of AWS's built-in algorithms.
 */

import type { z } from 'zod';
import { ServeError } from '../errors.ts';
import { type DecodedBody, isWrapper } from './decode-body.ts';
import { describeProblems } from './describe-problems.ts';
import { findWrongNumbers } from './find-wrong-numbers.ts';
import { areNumberRows, takesNumberRows } from './takes-number-rows.ts';

type Path = readonly PropertyKey[];

/**
 * Gives the instances as the schema returns them.
 *
 * @throws ServeError `INPUT_INVALID` with the first few problems.
 */
export function validateInstances<Input>(schema: z.ZodType<Input>, decoded: DecodedBody): Input {
  if (takesNumberRows(schema) && (decoded.areNumberRows || areNumberRows(decoded.instances))) {
    return decoded.instances as Input;
  }
  const wrong = findWrongNumbers(schema, decoded.instances);
  if (wrong !== undefined) throw createInvalidError(decoded.name, decoded.instances, wrong);
  const first = schema.safeParse(decoded.instances);
  if (first.success) return first.data;
  const reading = readAgain(decoded, first.error.issues);
  if (reading === undefined) throw createInvalidError(decoded.name, decoded.instances, first.error.issues);
  const second = schema.safeParse(reading.instances);
  if (second.success) return second.data;
  const issues = second.error.issues.map((issue) => ({ ...issue, path: reading.locate(issue.path) }));
  throw createInvalidError(decoded.name, reading.original, issues);
}

function createInvalidError(name: string, value: unknown, issues: readonly z.core.$ZodIssue[]): ServeError {
  const record = issues[0]?.path[0];
  const facts = typeof record === 'number' ? { record } : {};
  return new ServeError('INPUT_INVALID', describeProblems(issues, { name, value }), facts);
}

interface Reading {
  readonly instances: unknown;
  /** The value that problems are quoted from, and where in it a path of `instances` is. */
  readonly original: unknown;
  locate(path: PropertyKey[]): PropertyKey[];
}

function readAgain(decoded: DecodedBody, issues: readonly z.core.$ZodIssue[]): Reading | undefined {
  return decoded.readCells === undefined ? unwrapFeatures(decoded.instances) : restoreText(decoded, issues);
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

function restoreText(decoded: DecodedBody, issues: readonly z.core.$ZodIssue[]): Reading | undefined {
  const rows = decoded.instances as readonly (readonly (string | number)[])[];
  const places = issues.flatMap((issue) => findTextPlaces(issue, []));
  const cells = places.length === 0 ? undefined : decoded.readCells?.();
  const copies = new Map<number, (string | number)[]>();
  for (const [rowIndex, column] of places) {
    const text = cells?.[Number(rowIndex)]?.[Number(column)];
    const row = copies.get(Number(rowIndex)) ?? rows[Number(rowIndex)]?.slice();
    if (text === undefined || row === undefined) continue;
    row[Number(column)] = text;
    copies.set(Number(rowIndex), row);
  }
  if (copies.size === 0) return undefined;
  const instances = rows.map((row, index) => copies.get(index) ?? row);
  return { instances, original: instances, locate: (path) => path };
}

/** The places where an issue, or any branch of a union in it, would have taken text. */
function findTextPlaces(issue: z.core.$ZodIssue, prefix: Path): Path[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    return issue.errors.flat().flatMap((inner) => findTextPlaces(inner, path));
  }
  return wantsText(issue) ? [path] : [];
}

function wantsText(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  return issue.code === 'invalid_value' && issue.values.some((value) => typeof value === 'string');
}
