/** Tells a schema that takes any rows of finite numbers as they are: what csv of numbers need not be held against again. */

import type { z } from 'zod';

/** True for `z.array(z.array(z.number()))`, whatever its metadata; false for all that checks, changes or wraps more. */
export function takesNumberRows(schema: z.ZodType): boolean {
  const rows = asPlainArray(schema);
  const row = rows === undefined ? undefined : asPlainArray(rows);
  return row !== undefined && isPlain(row.def, 'number');
}

/** Gives the element of an array that checks nothing but its elements. */
export function asPlainArray({ def }: { readonly def: object }): z.ZodType | undefined {
  return isPlain(def, 'array') && 'element' in def ? (def.element as z.ZodType) : undefined;
}

/** A schema that is a check itself, as `z.int()`, has `check`. */
function isPlain(
  def: object & { readonly type?: unknown; readonly checks?: unknown },
  type: string,
): boolean {
  const hasChecks = Array.isArray(def.checks) && def.checks.length > 0;
  return def.type === type && !hasChecks && !('check' in def);
}
