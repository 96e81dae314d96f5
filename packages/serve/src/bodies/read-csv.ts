/** Reads csv as rows of numbers and texts, or packed. */

import { csvCodec, decodeNumericCsv, type NdArray } from '@optml/codecs';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';
import { readAscii } from './read-ascii.ts';
import { readCell, readNumberRows, readPlainRows } from './read-plain-rows.ts';

export function readPlainCsv(body: string | Uint8Array, { arrays }: ReadOptions): DecodedBody | undefined {
  if (arrays === 'packed') return undefined;
  const numbers = typeof body === 'string' ? undefined : readNumberRows(body);
  if (numbers !== undefined) {
    // The author may change the rows, and the body stays.
    const readCells = () => readPlainRows(readAscii(body) ?? '') ?? [];
    return { name: 'instances', instances: numbers, readCells, areNumberRows: true };
  }
  const text = readAscii(body);
  const cells = text === undefined ? undefined : readPlainRows(text);
  return cells && createRows(cells);
}

export function readCsv(body: Uint8Array, { parameters }: ReadOptions): DecodedBody {
  return createRows(csvCodec.decode(body, { parameters, maximumRecordBytes }).map(({ cells }) => cells));
}

export function readPackedCsv(body: Uint8Array, { parameters }: ReadOptions): DecodedBody {
  const { rows, columns, values } = decodeNumericCsv(body, { parameters, maximumRecordBytes });
  const instances: NdArray = { type: 'float64', shape: [rows, columns], values };
  return { name: 'instances', instances };
}

function createRows(cells: readonly (readonly string[])[]): DecodedBody {
  let hasLossyNumbers = false;
  const noteLossy = () => {
    hasLossyNumbers = true;
  };
  const instances = cells.map((row) => row.map((cell) => readCell(cell, noteLossy)));
  return { name: 'instances', instances, readCells: () => cells, hasLossyNumbers };
}
