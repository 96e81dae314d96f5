/** Reads numeric csv straight into typed arrays, without text or rows in between. */

import { type BodyReader, readBody, readChunks } from '../codec/body-reader.ts';
import { createListBuilder } from './list-builder.ts';
import { createMatrixBuilder } from './matrix-builder.ts';
import type {
  NumericCsvBatchOptions,
  NumericCsvOptions,
  NumericMatrix,
  NumericValues,
} from './numeric-csv-options.ts';
import { createNumericCsvReader } from './numeric-csv-reader.ts';

/**
 * Reads csv of numbers as its bytes arrive and yields its rows in matrices, which are the same whatever the
 * chunks; rows in front of a fault are yielded before the error is thrown. Pulls a chunk only when a matrix is
 * asked for; ending early closes the source. Memory is that of one matrix and one chunk.
 *
 * The csv is that of `csvCodec`: no header, rows that end in LF, CRLF or CR, blank lines skipped, every row as
 * wide as the first. A cell is a decimal number as JSON has it, but also `+1`, `.5`, `5.` and `007`, in quotes
 * or not, among spaces and tabs or not. Each number is exactly what `Number` makes of its text; one
 * that `isLossyNumber` says would change is refused.
 *
 * @throws `CodecError` with `CSV_NOT_NUMERIC`, `NUMBER_LOSSY`, `CSV_RAGGED`, `RECORD_TOO_LARGE`, each with line and record,
 * and the column of a cell; for labels `CSV_MALFORMED`, `TEXT_NOT_UTF8`; for other charsets than UTF-8
 * `CHARSET_UNSUPPORTED`, `TEXT_NOT_IN_CHARSET`
 *
 * @example
 * for await (const { rows, columns, values, labels } of readNumericCsv(chunks, { textLabel: true })) {
 *   for (let row = 0; row < rows; row += 1) learn(labels[row], values.subarray(row * columns, (row + 1) * columns));
 * }
 */
export function readNumericCsv<Values extends NumericValues = Float64Array<ArrayBuffer>>(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: NumericCsvBatchOptions<Values> = {},
): AsyncGenerator<NumericMatrix<Values>> {
  return readChunks(createMatrixReader(options), chunks);
}

/**
 * Reads a whole body of numeric csv, as `readNumericCsv` does, into one matrix; an empty body has no rows.
 *
 * @throws `CodecError` as `readNumericCsv` does
 *
 * @example
 * decodeNumericCsv(new TextEncoder().encode('5.1,3.5\n6.2,2.9\n'));
 * // { rows: 2, columns: 2, values: Float64Array [5.1, 3.5, 6.2, 2.9], labels: [] }
 */
export function decodeNumericCsv<Values extends NumericValues = Float64Array<ArrayBuffer>>(
  body: Uint8Array,
  options: NumericCsvOptions<Values> = {},
): NumericMatrix<Values> {
  const reader = createMatrixReader({ ...options, rowsPerMatrix: Number.POSITIVE_INFINITY });
  const [matrix] = readBody(reader, body);
  if (matrix !== undefined) return matrix;
  const Type = options.type ?? Float64Array;
  return { rows: 0, columns: options.columns ?? 0, values: new Type(0) as Values, labels: [] };
}

/**
 * Reads a whole body of numeric csv, as `decodeNumericCsv` does, into lists of numbers: as quick as into a matrix,
 * for those who take rows as JSON has them.
 *
 * @throws `CodecError` as `readNumericCsv` does
 *
 * @example
 * decodeNumericCsvRows(new TextEncoder().encode('5.1,3.5\n6.2,2.9\n')); // [[5.1, 3.5], [6.2, 2.9]]
 */
export function decodeNumericCsvRows(
  body: Uint8Array,
  options: Omit<NumericCsvOptions, 'type' | 'textLabel'> = {},
): number[][] {
  const [rows = []] = readBody(createNumericCsvReader(createListBuilder(options.columns), options), body);
  return rows;
}

function createMatrixReader<Values extends NumericValues>(
  options: NumericCsvBatchOptions<Values>,
): BodyReader<NumericMatrix<Values>> {
  // The default of a type parameter's value: the types of the options say that absent means doubles.
  const Type = options.type ?? (Float64Array as unknown as NonNullable<typeof options.type>);
  const builder = createMatrixBuilder(Type, options.columns, options.rowsPerMatrix);
  return createNumericCsvReader(builder, options);
}
