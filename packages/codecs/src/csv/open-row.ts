/** Reads a row that has quotes, or that the end of a piece of text cuts, from cell to cell. */

import type { CodecError } from '../errors.ts';
import { createQuoteError, quoteFaults, type RowPlace } from '../numeric-csv/numeric-csv-errors.ts';

/** Where a reader stands in a cell; `closed` behind a quote, which may be the first of two. */
type CellState = 'start' | 'plain' | 'quoted' | 'closed';

/** Reads the rows of one body, one after the other. */
export class OpenRow {
  #cells: string[] = [];
  #cell = '';
  #state: CellState = 'start';

  /** True before anything of a row has come. */
  isEmpty(): boolean {
    return this.#cells.length === 0 && this.#state === 'start';
  }

  /**
   * Reads on, and returns where in the piece the line ends that ends the row; -1 where the row goes on behind the piece.
   *
   * @throws `CodecError` with `CSV_MALFORMED`
   */
  read(piece: string, from: number, place: RowPlace): number {
    for (let at = from; at < piece.length; ) {
      if (this.#state === 'quoted') {
        at = this.#readQuoted(piece, at);
        continue;
      }
      separator.lastIndex = at;
      const end = separator.exec(piece)?.index ?? piece.length;
      if (end > at) {
        if (this.#state === 'closed') throw this.#createError(quoteFaults.behind, place);
        this.#cell += piece.slice(at, end);
        this.#state = 'plain';
      }
      if (piece[end] === '\n' || piece[end] === '\r') return end;
      if (piece[end] === '"') this.#readQuote(place);
      else if (piece[end] === ',') this.#finishCell();
      at = end + 1;
    }
    return -1;
  }

  /**
   * Gives the cells, and how many lines end inside of them, and makes room for the next row.
   *
   * @throws `CodecError` with `CSV_MALFORMED` where a quote is still open
   */
  take(place: RowPlace): { readonly cells: readonly string[]; readonly lineBreaks: number } {
    if (this.#state === 'quoted') throw this.#createError(quoteFaults.open, place);
    this.#finishCell();
    const cells = this.#cells;
    this.#cells = [];
    return { cells, lineBreaks: cells.reduce((sum, text) => sum + countLineBreaks(text), 0) };
  }

  /** Takes the quoted text from `at` on, and returns where it ends. */
  #readQuoted(piece: string, at: number): number {
    const quote = piece.indexOf('"', at);
    if (quote !== -1) this.#state = 'closed';
    this.#cell += piece.slice(at, quote === -1 ? piece.length : quote);
    return quote === -1 ? piece.length : quote + 1;
  }

  #readQuote(place: RowPlace): void {
    if (this.#state === 'plain') throw this.#createError(quoteFaults.inside, place);
    // Behind the quote that seemed to close the cell it is one quote of its text.
    if (this.#state === 'closed') this.#cell += '"';
    this.#state = 'quoted';
  }

  #finishCell(): void {
    this.#cells.push(copyText(this.#cell));
    this.#cell = '';
    this.#state = 'start';
  }

  #createError(fault: string, place: RowPlace): CodecError {
    return createQuoteError(fault, this.#cells.length + 1, place);
  }
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
