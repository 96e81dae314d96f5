/** Reads a row that has quotes, or that the end of a piece of text cuts, from cell to cell. */

import { createQuoteError, quoteFaults, type RowPlace } from '../numeric-csv/numeric-csv-errors.ts';

/** Where a reader stands in a cell; `closed` behind a quote, which may be the first of two. */
type CellState = 'start' | 'plain' | 'quoted' | 'closed';

/** Creates the reader of the rows of one body, one after the other. */
export function createOpenRow() {
  let cells: string[] = [];
  let cell = '';
  let state: CellState = 'start';

  function finishCell(): void {
    cells.push(copyText(cell));
    cell = '';
    state = 'start';
  }
  /** Takes the quoted text from `at` on, and returns where it ends. */
  function readQuoted(piece: string, at: number): number {
    const quote = piece.indexOf('"', at);
    if (quote !== -1) state = 'closed';
    cell += piece.slice(at, quote === -1 ? piece.length : quote);
    return quote === -1 ? piece.length : quote + 1;
  }
  function readQuote(place: RowPlace): void {
    if (state === 'plain') throw createQuoteError(quoteFaults.inside, cells.length + 1, place);
    // Behind the quote that seemed to close the cell it is one quote of its text.
    if (state === 'closed') cell += '"';
    state = 'quoted';
  }
  return {
    /** True before anything of a row has come. */
    isEmpty: (): boolean => cells.length === 0 && state === 'start',
    /**
     * Reads on, and returns where in the piece the line ends that ends the row; -1 where the row goes on behind the piece.
     *
     * @throws `CodecError` with `CSV_MALFORMED`
     */
    read(piece: string, from: number, place: RowPlace): number {
      for (let at = from; at < piece.length; ) {
        if (state === 'quoted') {
          at = readQuoted(piece, at);
          continue;
        }
        separator.lastIndex = at;
        const end = separator.exec(piece)?.index ?? piece.length;
        if (end > at) {
          if (state === 'closed') throw createQuoteError(quoteFaults.behind, cells.length + 1, place);
          cell += piece.slice(at, end);
          state = 'plain';
        }
        if (piece[end] === '\n' || piece[end] === '\r') return end;
        if (piece[end] === '"') readQuote(place);
        else if (piece[end] === ',') finishCell();
        at = end + 1;
      }
      return -1;
    },
    /**
     * Gives the cells, and how many lines end inside of them, and makes room for the next row.
     *
     * @throws `CodecError` with `CSV_MALFORMED` where a quote is still open
     */
    take(place: RowPlace) {
      if (state === 'quoted') throw createQuoteError(quoteFaults.open, cells.length + 1, place);
      finishCell();
      const taken = cells;
      cells = [];
      return { cells: taken, lineBreaks: taken.reduce((sum, text) => sum + countLineBreaks(text), 0) };
    },
  };
}

function countLineBreaks(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

const separator = /[,"\r\n]/g;

/** So much of a text V8 copies by itself; a longer part of it keeps all of it alive. */
export const longestCopied = 12;

/** Copies a part of a text where V8 would not. */
export function copyText(text: string): string {
  return text.length <= longestCopied ? text : [text.slice(0, 1), text.slice(1)].join('');
}
