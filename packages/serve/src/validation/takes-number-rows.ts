/**
 * Tells a schema that takes any rows of finite numbers as they are, and values that are such rows: of those nothing is
 * left to check. zod would copy them, number by number, into arrays of numbers on the heap; and of an author's code that
 * has once read such an array V8 makes code that turns every row of doubles into one, which costs more than reading it.
 */

import type * as core from 'zod/v4/core';

/** Asked at every request: looking through the definitions takes 2 µs. */
const known = new WeakMap<core.$ZodType, boolean>();

/** True for `z.array(z.array(z.number()))`, whatever its metadata; false for all that checks, changes or wraps more. */
export function takesNumberRows(schema: core.$ZodType): boolean {
  const answer = known.get(schema) ?? isArrayOfNumberRows(schema);
  known.set(schema, answer);
  return answer;
}

function isArrayOfNumberRows(schema: core.$ZodType): boolean {
  const rows = asPlainArray(schema);
  const row = rows === undefined ? undefined : asPlainArray(rows);
  return row !== undefined && isPlain(row._zod.def, 'number');
}

/** True for rows of any lengths in which there are finite numbers and nothing else. */
export function areNumberRows(value: unknown): boolean {
  return Array.isArray(value) && value.every(isNumberRow);
}

function isNumberRow(row: unknown): boolean {
  if (!Array.isArray(row)) return false;
  // Not `every`, which passes over what an array does not have.
  for (let index = 0; index < row.length; index += 1) if (!Number.isFinite(row[index])) return false;
  return true;
}

/** Gives the element of an array that checks nothing but its elements. */
function asPlainArray({ _zod: { def } }: core.$ZodType): core.$ZodType | undefined {
  return isPlain(def, 'array') && 'element' in def ? (def.element as core.$ZodType) : undefined;
}

/** True for a schema of this type that checks nothing else; one that is a check itself, as `z.int()`, has `check`. */
export function isPlain(
  def: object & { readonly type?: unknown; readonly checks?: unknown },
  type: string,
): boolean {
  const hasChecks = Array.isArray(def.checks) && def.checks.length > 0;
  return def.type === type && !hasChecks && !('check' in def);
}
