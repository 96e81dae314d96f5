/** Leaves out the columns of csv that its content type declares as labels: `text/csv; label_size=1`. */

import type { NdArray } from '@optml/codecs';
import { isNdArray } from '@optml/codecs/arrays';
import { ServeError } from '../errors/errors.ts';
import type { DecodedBody } from './decoded-body.ts';

/**
 * Drops the first `count` columns of decoded csv, be it rows or packed.
 *
 * @throws ServeError `INPUT_INVALID` where no column would be left.
 */
export function dropLabels(decoded: DecodedBody, count: number): DecodedBody {
  const { instances, readCells } = decoded;
  if (isNdArray(instances)) return { ...decoded, instances: dropColumns(instances, count) };
  const [first] = instances as readonly (readonly unknown[])[];
  assertFeatures(first?.length ?? Number.POSITIVE_INFINITY, count);
  const drop = <Cell>(rows: readonly (readonly Cell[])[]) => rows.map((row) => row.slice(count));
  const rows = drop(instances as readonly (readonly unknown[])[]);
  return { ...decoded, instances: rows, readCells: () => drop(readCells?.() ?? []) };
}

function dropColumns({ shape, values }: NdArray, count: number): NdArray {
  const [rows = 0, columns = 0] = shape;
  if (rows > 0) assertFeatures(columns, count);
  const kept = Math.max(0, columns - count);
  const features = new Float64Array(rows * kept);
  const numbers = values as Float64Array;
  for (let row = 0; row < rows; row += 1) {
    features.set(numbers.subarray(row * columns + count, (row + 1) * columns), row * kept);
  }
  return { type: 'float64', shape: [rows, kept], values: features };
}

function assertFeatures(columns: number, count: number): void {
  if (columns > count) return;
  const message = `the Content-Type says label_size=${count}, but the rows have ${columns === 1 ? '1 column' : `${columns} columns`}: send features after the labels, or leave label_size out`;
  throw new ServeError('INPUT_INVALID', message);
}
