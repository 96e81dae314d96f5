/** Reads csv as rows of numbers and texts, or packed. */

import { CodecError, decodeNumericCsv } from '@optml/codecs';
import type { NdArray } from '@optml/codecs/arrays';
import { decodeCsvValues } from '@optml/codecs/text';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';

export function readCsv(body: Uint8Array | string, { parameters, csvColumns }: ReadOptions): DecodedBody {
  const { rows, areNumbers, hasLossyNumbers, readCells } = decodeCsvValues(body, {
    parameters,
    maximumRecordBytes,
  });
  assertColumns(rows[0]?.length, csvColumns);
  return { name: 'instances', instances: rows, readCells, areNumberRows: areNumbers, hasLossyNumbers };
}

export function readPackedCsv(body: Uint8Array, { parameters, csvColumns }: ReadOptions): DecodedBody {
  const { rows, columns, values } = decodeNumericCsv(body, { parameters, maximumRecordBytes });
  if (rows > 0) assertColumns(columns, csvColumns);
  const instances: NdArray = { type: 'float64', shape: [rows, columns], values };
  return { name: 'instances', instances };
}

/** The rows of a body have one width, which its codec sees to; those of a part have that of the whole. */
function assertColumns(columns: number | undefined, expected: number | undefined): void {
  if (columns === undefined || expected === undefined || columns === expected) return;
  const message = `the row has ${columns} ${columns === 1 ? 'column' : 'columns'}, expected ${expected} as in the first row of the body: give every row the same number of cells, and quote a cell that holds a comma`;
  throw new CodecError('CSV_RAGGED', message, { record: 0 });
}
