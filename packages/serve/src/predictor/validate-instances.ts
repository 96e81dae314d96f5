/**
 * Fits the instances to the author's schema. Where the schema says no, and only then, a second reading is
 * offered: those of csv, or what is inside `{"features": ...}`, the convention of AWS's built-in algorithms.
 */

import type { z } from 'zod';
import { ServeError } from '../errors.ts';
import { type DecodedBody, isWrapper, wrappers } from './decode-body.ts';
import { describeProblems } from './describe-problems.ts';
import { parseCsv } from './parse-csv.ts';
import { parseInPieces, type Refusal } from './parse-in-pieces.ts';
import { areNumberRows, takesNumberRows } from './takes-number-rows.ts';

/**
 * Gives the instances as the schema returns them.
 *
 * @throws ServeError `INPUT_INVALID` with the first few problems.
 */
export function validateInstances<Input>(schema: z.ZodType<Input>, decoded: DecodedBody): Input {
  if (takesNumberRows(schema) && (decoded.areNumberRows || areNumberRows(decoded.instances))) {
    return decoded.instances as Input;
  }
  const { name } = decoded;
  const { outcome: first, instances } =
    decoded.readCells === undefined
      ? { outcome: parseInPieces(schema, decoded.instances), instances: decoded.instances }
      : parseCsv(schema, decoded);
  if (first.success) return first.data;
  const reading = unwrapFeatures(instances);
  if (reading === undefined) throw createInvalidError(name, instances, first);
  const second = parseInPieces(schema, reading.instances);
  if (second.success) return second.data;
  const issues = second.issues.map((issue) => ({ ...issue, path: reading.locate(issue.path) }));
  throw createInvalidError(name, reading.original, { ...second, issues });
}

function createInvalidError(name: string, value: unknown, { issues, isCut }: Refusal): ServeError {
  const record = issues[0]?.path[0];
  const facts = typeof record === 'number' ? { record } : {};
  const message = describeProblems(issues, { name, value, isCut }) + findUnknownMember(value, issues);
  return new ServeError('INPUT_INVALID', message, facts);
}

/** Other servers take more beside the instances, as TensorFlow Serving its `signature_name`. */
function findUnknownMember(value: unknown, issues: readonly z.core.$ZodIssue[]): string {
  if (typeof value !== 'object' || value === null || !issues.every(wantsNoObject)) return '';
  const key = wrappers.find((name) => Object.hasOwn(value, name));
  // Only now: the keys of bytes and lists are their elements.
  const other = key === undefined ? undefined : Object.keys(value).find((name) => name !== key);
  if (other === undefined) return '';
  return `; ${JSON.stringify(other.slice(0, 80))} beside "${key}" is not known: send {"${key}": ...} alone`;
}

/** True for an issue of the whole, which no option of the schema would have as an object. */
function wantsNoObject(issue: z.core.$ZodIssue): boolean {
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
