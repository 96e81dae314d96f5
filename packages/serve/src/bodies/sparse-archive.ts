/** Writes out the sparse matrices that `scipy.sparse.save_npz` archives, which SageMaker's Python SDK sends as npz. */

import type { NdArray } from '@optml/codecs';
import { toLists } from '@optml/codecs/arrays';
import { ServeError } from '../errors/errors.ts';
import { assertFewCells } from './sparse-rows.ts';

type Arrays = Readonly<Record<string, NdArray>>;
/** Tells the place of each value. */
type Place = (row: number, column: number, index: number) => void;

/**
 * Gives the rows of a sparse matrix with their zeros; `undefined` for an archive of anything else. Values at the same
 * place are added, as scipy does.
 *
 * @throws ServeError `INPUT_INVALID`, `BODY_TOO_LARGE`; CodecError `NPY_UNSUPPORTED`
 */
export function readSparseArchive(arrays: Arrays): number[][] | undefined {
  const format = readFormat(arrays);
  if (format === undefined) return undefined;
  const [height, width, ...others] = readNumbers(arrays, 'shape');
  if (!isCount(height) || !isCount(width) || others.length > 0) {
    throw createSparseError(`has a shape of ${others.length + 2} numbers: expected rows and columns`);
  }
  // Rows of no columns take memory, too.
  assertFewCells(height, Math.max(1, width));
  const data = readNumbers(arrays, 'data');
  const rows = Array.from({ length: height }, () => Array<number>(width).fill(0));
  const add: Place = (row, column, index) => {
    const cells = rows[row];
    const value = data[index];
    if (cells === undefined) throw createSparseError(`has row ${row}: expected 0 to ${height - 1}`);
    if (!(column >= 0 && column < width)) {
      throw createSparseError(`has column ${column}: expected 0 to ${width - 1}`, row);
    }
    if (value === undefined) throw createSparseError(`has no value ${index}: "data" is too short`, row);
    cells[column] = (cells[column] ?? 0) + value;
  };
  if (format === 'coo') readPairs(arrays, add);
  else if (format === 'csr') readCompressed(arrays, height, add);
  else readCompressed(arrays, width, (column, row, index) => add(row, column, index));
  return rows;
}

/** Only archives of scipy have a format among their arrays, which is a single word. */
function readFormat({ format, shape, data }: Arrays): 'csr' | 'csc' | 'coo' | undefined {
  if (format?.shape.length !== 0 || shape === undefined || data === undefined) return undefined;
  const [name] = format.values;
  if (name === 'csr' || name === 'csc' || name === 'coo') return name;
  if (name !== 'bsr' && name !== 'dia') return undefined;
  throw createSparseError(`has the format ${name}: save it as csr, csc or coo`);
}

function readPairs(arrays: Arrays, add: Place): void {
  const columns = readNumbers(arrays, 'col');
  for (const [index, row] of readNumbers(arrays, 'row').entries()) {
    add(row, columns[index] ?? Number.NaN, index);
  }
}

/** The values from `indptr[n]` to `indptr[n + 1]` are those of row n, or of column n. */
function readCompressed(arrays: Arrays, count: number, add: Place): void {
  const bounds = readNumbers(arrays, 'indptr');
  const indices = readNumbers(arrays, 'indices');
  for (let line = 0; line < count; line += 1) {
    const start = bounds[line] ?? Number.NaN;
    const end = bounds[line + 1] ?? Number.NaN;
    // In order, or a short archive could have every line read all of the values.
    if (!(start >= 0 && start <= end && end <= indices.length)) {
      throw createSparseError(
        `refers to values ${start} to ${end} in "indptr", but there are ${indices.length}`,
      );
    }
    for (let index = start; index < end; index += 1) add(line, indices[index] ?? Number.NaN, index);
  }
}

function readNumbers(arrays: Arrays, name: string): readonly number[] {
  const array = arrays[name];
  if (array?.shape.length !== 1) throw createSparseError(`is missing the list "${name}"`);
  const numbers = (toLists(array) as unknown[]).map(Number);
  if (numbers.every(Number.isFinite)) return numbers;
  throw createSparseError(`has a value in "${name}" that is not a finite number`);
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && value >= 0;
}

function createSparseError(what: string, record?: number): ServeError {
  const place = record === undefined ? '' : `instances[${record}]: `;
  return new ServeError('INPUT_INVALID', `${place}the archive of a sparse matrix ${what}`, { record });
}
