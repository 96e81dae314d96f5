/**
 * Holds csv against the author's schema. A cell that had been read as a number becomes the text again that the schema
 * wants (`007` for a `z.string()`), and rows of one cell become their cells where it wants a list of scalars, which is how
 * the Python toolkit reads one column.
 */

import type { z } from 'zod';
import type { DecodedBody } from './decode-body.ts';
import { type Mend, type Outcome, parseInPieces } from './parse-in-pieces.ts';

type Path = readonly PropertyKey[];
type Cells = (string | number)[];

/** What came of it, and the reading of the body that problems are about. */
export interface ParsedCsv<Input> {
  readonly outcome: Outcome<Input>;
  readonly instances: unknown;
}

/** Parses the rows of a decoded body, which has `readCells`. */
export function parseCsv<Input>(
  schema: z.ZodType<Input>,
  { instances, readCells }: DecodedBody,
): ParsedCsv<Input> {
  const rows = instances as readonly Cells[];
  let texts: readonly (readonly string[])[] | undefined;
  const readText = (row: number, column: number) => {
    texts ??= readCells?.();
    return texts?.[row]?.[column] ?? '';
  };
  const outcome = parseCells(schema, rows, ([row, column]) =>
    mendCell(rows[Number(row)], column, () => readText(Number(row), Number(column))),
  );
  const isColumn = rows.every(({ length }) => length === 1);
  if (outcome.success || !isColumn || !outcome.issues.every((issue) => wantsScalar(issue, 1))) {
    return { outcome, instances };
  }
  const column = rows.flat();
  const mendAt = ([row]: Path) => mendCell(column, row, () => readText(Number(row), 0));
  return { outcome: parseCells(schema, column, mendAt), instances: column };
}

function mendCell(cells: Cells | undefined, index: PropertyKey | undefined, readText: () => string): boolean {
  const at = Number(index);
  if (typeof cells?.[at] !== 'number') return false;
  cells[at] = readText();
  return true;
}

function parseCells<Input>(
  schema: z.ZodType<Input>,
  cells: unknown,
  mendAt: (place: Path) => boolean,
): Outcome<Input> {
  const mend: Mend = (issues, path) => {
    let isMended = false;
    for (const place of issues.flatMap((issue) => findTextPlaces(issue, path))) {
      isMended = mendAt(place) || isMended;
    }
    return isMended;
  };
  const first = parseInPieces(schema, cells, mend);
  return !first.success && mend(first.issues, []) ? parseInPieces(schema, cells, mend) : first;
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

const scalars: readonly string[] = ['string', 'number', 'int', 'boolean', 'bigint'];

/** True for an issue of the value at this depth, in whose place there could be a scalar. */
function wantsScalar(issue: z.core.$ZodIssue, depth: number): boolean {
  if (issue.path.length !== depth) return false;
  if (issue.code === 'invalid_union') {
    return issue.errors.some((branch) => branch.some((inner) => wantsScalar(inner, 0)));
  }
  return (
    issue.code === 'invalid_value' || (issue.code === 'invalid_type' && scalars.includes(issue.expected))
  );
}
