/** Puts the rows of matrices in another order, or leaves some out. */

import type { NumericCsvBatchOptions, NumericMatrix, NumericType, NumericValues } from '@optml/codecs';

interface MatrixRow {
  /** A view of the matrix that the row comes from. */
  readonly values: NumericValues;
  /** Undefined in a matrix without labels. */
  readonly label: string | undefined;
}

/** As many values as a matrix has when nothing else is asked for: the same as in `readNumericCsv`. */
const usualValues = 131_072;

/** Arranges rows one by one, and gathers them anew into matrices of as many rows as the options ask for. */
export async function* rearrangeMatrices<Values extends NumericValues>(
  matrices: AsyncIterable<NumericMatrix<Values>>,
  arrange: Arrangement,
  { type, rowsPerMatrix }: NumericCsvBatchOptions<Values>,
): AsyncGenerator<NumericMatrix<Values>> {
  // The default of the type parameter is the default of the option.
  const Type = (type ?? Float64Array) as NumericType<Values>;
  let rows: MatrixRow[] = [];
  for await (const row of arrange(listRows(matrices))) {
    const [first = row] = rows;
    const most = rowsPerMatrix ?? Math.max(1, Math.floor(usualValues / Math.max(1, row.values.length)));
    // Files may differ in width; a matrix cannot.
    if (rows.length >= most || first.values.length !== row.values.length) {
      yield gatherRows(rows, Type);
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield gatherRows(rows, Type);
}

async function* listRows<Values extends NumericValues>(
  matrices: AsyncIterable<NumericMatrix<Values>>,
): AsyncGenerator<MatrixRow> {
  for await (const { rows, columns, values, labels } of matrices) {
    for (let row = 0; row < rows; row += 1) {
      yield { values: values.subarray(row * columns, (row + 1) * columns), label: labels[row] };
    }
  }
}

function gatherRows<Values extends NumericValues>(
  rows: readonly MatrixRow[],
  Type: NumericType<Values>,
): NumericMatrix<Values> {
  const columns = rows[0]?.values.length ?? 0;
  const values = new Type(rows.length * columns);
  for (const [index, row] of rows.entries()) values.set(row.values, index * columns);
  return { rows: rows.length, columns, values, labels: rows.flatMap(({ label }) => label ?? []) };
}

/** Puts records in another order, or leaves some out. */
export type Arrangement = <Item>(items: AsyncGenerator<Item>) => AsyncGenerator<Item>;

/** Gives all of them as they come. */
export const keepAll: Arrangement = (items) => items;
