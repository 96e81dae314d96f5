/** One row of libsvm text: the columns that are not zero, and what they hold. */

import { assertAttached } from '../codec/assert-attached.ts';
import type { LinePlace } from '../codec/line-reader.ts';
import { shorten } from '../codec/message-parts.ts';
import { CodecError, type CodecErrorFacts } from '../errors.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';

/** Holds one row. */
export interface LibsvmRow {
  /** The number in front of the columns, where there is one. */
  readonly label?: number | undefined;
  /** The group of a row for ranking, as `qid:3` names it. */
  readonly group?: number | undefined;
  /** Columns as they are written, in ascending order: some writers count from 0, others from 1. */
  readonly columns: Uint32Array;
  /** For each column its value. */
  readonly values: Float64Array;
}

/** The plain decimal numbers of C and JavaScript. */
const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads `LABEL COLUMN:VALUE COLUMN:VALUE ...`; the label may be missing, and what follows a `#` is a comment. A line of
 * nothing but a comment is not a row.
 *
 * @throws `CodecError` with `LIBSVM_MALFORMED`, `NUMBER_LOSSY`
 */
export function parseLibsvmRow(text: string, place: LinePlace): LibsvmRow | undefined {
  const comment = text.indexOf('#');
  const words = (comment === -1 ? text : text.slice(0, comment))
    .split(/[ \t\r]+/)
    .filter((word) => word !== '');
  if (words.length === 0) return undefined;
  const hasLabel = words[0]?.includes(':') === false;
  const hasGroup = words[hasLabel ? 1 : 0]?.startsWith('qid:') === true;
  const first = (hasLabel ? 1 : 0) + (hasGroup ? 1 : 0);
  const columns = new Uint32Array(words.length - first);
  const values = new Float64Array(words.length - first);
  for (let index = first; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const colon = word.indexOf(':');
    const column = readColumn(word.slice(0, colon));
    const value = readNumber(word.slice(colon + 1), index, place);
    if (column === undefined || value === undefined) throw createWordError(word, index, place);
    if (index > first && column <= (columns[index - first - 1] ?? 0))
      throw createOrderError(column, index, place);
    columns[index - first] = column;
    values[index - first] = value;
  }
  return {
    label: hasLabel ? assertNumber(words[0] ?? '', 0, place) : undefined,
    group: hasGroup ? assertNumber((words[first - 1] ?? '').slice(4), first - 1, place) : undefined,
    columns,
    values,
  };
}

function readColumn(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const column = Number(text);
  return column < 2 ** 32 ? column : undefined;
}

function readNumber(text: string, index: number, place: LinePlace): number | undefined {
  const value = Number(text);
  if (!Number.isFinite(value) || !numberPattern.test(text)) return undefined;
  const isCertain = value !== 0 && Math.abs(value) < 2 ** 53;
  if (isCertain || !isLossyNumber(text)) return value;
  throw createLossyError(text, index, place);
}

function assertNumber(text: string, index: number, place: LinePlace): number {
  const value = readNumber(text, index, place);
  if (value === undefined) throw createWordError(text, index, place);
  return value;
}

function createLossyError(text: string, index: number, { line, record }: LinePlace): CodecError {
  const message = `reading libsvm at line ${line}, word ${index + 1}: ${shorten(text)} would be read as ${Number(text)}: write a number that a double can hold`;
  return new CodecError('NUMBER_LOSSY', message, { line, record, column: index + 1 });
}

function createWordError(word: string, index: number, place: LinePlace): CodecError {
  const quoted = JSON.stringify(shorten(word));
  const what = index === 0 ? 'is neither a label nor COLUMN:VALUE' : 'is not COLUMN:VALUE';
  return createLibsvmError(`${quoted} ${what}, for example 3:0.5`, index, place);
}

function createOrderError(column: number, index: number, place: LinePlace): CodecError {
  return createLibsvmError(
    `column ${column} is not greater than the one before it: sort the columns`,
    index,
    place,
  );
}

function createLibsvmError(what: string, index: number, { line, record }: LinePlace): CodecError {
  const facts: CodecErrorFacts = { line, record, column: index + 1 };
  return new CodecError(
    'LIBSVM_MALFORMED',
    `reading libsvm at line ${line}, word ${index + 1}: ${what}`,
    facts,
  );
}

/**
 * Writes one line.
 *
 * @throws `CodecError` with `LIBSVM_UNENCODABLE`
 */
export function writeLibsvmRow(row: LibsvmRow, record: number): string {
  const { label, group, columns, values } = row ?? {};
  const isRow =
    columns instanceof Uint32Array && values instanceof Float64Array && columns.length === values.length;
  if (!isRow) throw createUnencodableError('is not a row with a value for each column', record);
  assertAttached(columns, 'LIBSVM_UNENCODABLE');
  const words: string[] = [];
  if (label !== undefined) words.push(writeNumber(label, record));
  if (group !== undefined) words.push(`qid:${writeNumber(group, record)}`);
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index] ?? 0;
    if (index > 0 && column <= (columns[index - 1] ?? 0))
      throw createUnencodableError('has unsorted columns', record);
    words.push(`${column}:${writeNumber(values[index] ?? 0, record)}`);
  }
  // A reader skips a line without words.
  if (words.length === 0) throw createUnencodableError('has neither a label nor columns', record);
  return `${words.join(' ')}\n`;
}

function writeNumber(value: number, record: number): string {
  if (!Number.isFinite(value)) throw createUnencodableError(`holds ${value}`, record);
  return Object.is(value, -0) ? '-0' : String(value);
}

function createUnencodableError(what: string, record: number): CodecError {
  const message = `writing libsvm: row ${record} (from zero) ${what}`;
  return new CodecError('LIBSVM_UNENCODABLE', message, { record });
}
