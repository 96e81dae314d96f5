/** Reads csv as rows of numbers and texts, or packed. */

import { decodeNumericCsv } from '@optml/codecs';
import type { NdArray } from '@optml/codecs/arrays';
import { decodeCsvValues } from '@optml/codecs/text';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';

export function readCsv(body: Uint8Array | string, { parameters }: ReadOptions): DecodedBody {
  const { rows, areNumbers, hasLossyNumbers, readCells } = decodeCsvValues(body, {
    parameters,
    maximumRecordBytes,
  });
  return { name: 'instances', instances: rows, readCells, areNumberRows: areNumbers, hasLossyNumbers };
}

export function readPackedCsv(body: Uint8Array, { parameters }: ReadOptions): DecodedBody {
  const { rows, columns, values } = decodeNumericCsv(body, { parameters, maximumRecordBytes });
  const instances: NdArray = { type: 'float64', shape: [rows, columns], values };
  return { name: 'instances', instances };
}
