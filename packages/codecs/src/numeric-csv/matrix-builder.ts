/** Gathers rows of numbers into matrices, in memory that grows with the rows that came and not with a claim. */

import type { NumericMatrix, NumericType, NumericValues } from './numeric-csv-options.ts';
import type { RowBuilder } from './row-builder.ts';

/** As many values as a matrix has when nothing else is asked for. */
const usualValues = 131_072;

/**
 * Creates a builder of matrices. It fills blocks and joins them at the end, which copies every number once; an
 * array that doubles would copy it twice, and touch twice the memory.
 */
export function createMatrixBuilder<Values extends NumericValues>(
  Type: NumericType<Values>,
  columnsAsked: number | undefined,
  rowsAsked: number | undefined,
): RowBuilder<NumericMatrix<Values>> {
  let columns = columnsAsked;
  let blocks: Values[] = [];
  let block = new Type(0);
  let used = 0;
  let rows = 0;
  let labels: string[] = [];
  const width = () => columns ?? 0;
  const fullRows = () => Math.max(1, rowsAsked ?? Math.floor(usualValues / Math.max(1, width())));
  function beginBlock(): void {
    if (used > 0) blocks.push(block.subarray(0, used) as Values);
    const usual = Math.min(Math.max(2 * block.length, 256), usualValues);
    block = new Type(Math.max(width(), Math.min(usual, (fullRows() - rows) * width())));
    used = 0;
  }
  return {
    columns: () => columns,
    setColumns(count) {
      columns = count;
    },
    reserveRow() {
      if (used + width() > block.length) beginBlock();
      return block;
    },
    used: () => used,
    keepRow(label) {
      if (label !== undefined) labels.push(label);
      used += width();
      rows += 1;
    },
    full: () => rows >= fullRows(),
    rows: () => rows,
    take() {
      const values = joinBlocks(Type, [...blocks, block.subarray(0, used) as Values]);
      const matrix = { rows, columns: width(), values, labels };
      blocks = [];
      block = new Type(0);
      used = 0;
      rows = 0;
      labels = [];
      return matrix;
    },
  };
}

function joinBlocks<Values extends NumericValues>(
  Type: NumericType<Values>,
  blocks: readonly Values[],
): Values {
  const [only] = blocks;
  // One block that is full needs no copy.
  if (blocks.length === 1 && only?.buffer.byteLength === only?.byteLength && only !== undefined) return only;
  const joined = new Type(blocks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}
