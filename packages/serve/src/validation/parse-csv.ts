/**
 * Holds csv against the author's schema: rows of one cell become their cells where it wants a list of scalars, which is how
 * the Python toolkit reads one column.
 */

import type * as core from 'zod/v4/core';
import type { DecodedBody } from '../bodies/decoded-body.ts';
import { parseCoerced } from './parse-coerced.ts';
import type { Parsed } from './parse-in-pieces.ts';

/** Parses the rows of a decoded body, which has `readCells`. */
export function parseCsv<Input>(
  schema: core.$ZodType<Input>,
  { instances, readCells }: DecodedBody,
): Parsed<Input> {
  const rows = instances as readonly (readonly unknown[])[];
  let texts: readonly (readonly string[])[] | undefined;
  const readText = (row: PropertyKey | undefined, column: PropertyKey | undefined) => {
    texts ??= readCells?.();
    return texts?.[Number(row)]?.[Number(column)];
  };
  const outcome = parseCoerced(schema, rows, ([row, column]) => readText(row, column));
  const isColumn = rows.every(({ length }) => length === 1);
  if (outcome.success || !isColumn || !outcome.issues.every((issue) => wantsScalar(issue, 1))) {
    return { outcome, instances };
  }
  const column = rows.flat();
  return { outcome: parseCoerced(schema, column, ([row]) => readText(row, 0)), instances: column };
}

const scalars: readonly string[] = ['string', 'number', 'int', 'boolean', 'bigint'];

/** True for an issue of the value at this depth, in whose place there could be a scalar. */
function wantsScalar(issue: core.$ZodIssue, depth: number): boolean {
  if (issue.path.length !== depth) return false;
  if (issue.code === 'invalid_union') {
    return issue.errors.some((branch) => branch.some((inner) => wantsScalar(inner, 0)));
  }
  return (
    issue.code === 'invalid_value' || (issue.code === 'invalid_type' && scalars.includes(issue.expected))
  );
}
