/** Reads and writes the header of an npy file: its magic, its version, and a Python dictionary of three keys. */

import { shorten } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';
import { type ElementFormat, parseElementFormat } from './element-format.ts';
import { countElements } from './nd-array.ts';

/** Where an array stands, for messages and errors. */
export interface NpyPlace {
  /** Begins every message, as `reading npy`. */
  readonly name: string;
  /** Zero-based index of the array in its archive. */
  readonly record?: number | undefined;
}

/** What a header says. */
export interface NpyHeader {
  readonly format: ElementFormat;
  readonly isFortranOrder: boolean;
  readonly shape: readonly number[];
  /** Number of elements of the shape. */
  readonly count: number;
  /** First byte behind the header. */
  readonly end: number;
}

/** numpy's own bound; it reads a larger header only when it is told to trust the file. */
const maximumHeaderBytes = 10_000;
/** numpy's own bound until version 2. */
const maximumDimensions = 32;

/**
 * Reads the header at the start of `bytes`.
 *
 * @throws `CodecError` with `NPY_MALFORMED`, `NPY_UNSUPPORTED`
 */
export function readNpyHeader(bytes: Uint8Array, place: NpyPlace): NpyHeader {
  const { text, end } = sliceHeader(bytes, place);
  const { descr, isFortranOrder, shapeText } = parseDictionary(text, place);
  const format = parseElementFormat(descr);
  if (format === undefined) throw createTypeError(describeType(descr), place);
  const shape = parseShape(shapeText, place);
  const count = countElements(shape);
  if (!Number.isSafeInteger(count * Math.max(1, format.width))) {
    throw createNpyError(`the shape (${quote(shapeText)}) has more elements than any file can hold`, place);
  }
  // Elements without bytes would cost the sender nothing, and the receiver an element each.
  if (format.width === 0 && count > maximumHeaderBytes) {
    throw createNpyError(`${count} elements of type ${quote(descr)} take no bytes`, place);
  }
  return { format, isFortranOrder, shape, count, end };
}

function sliceHeader(bytes: Uint8Array, place: NpyPlace): { text: string; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || view.getUint32(0) !== 0x934e554d || view.getUint16(4) !== 0x5059) {
    throw createNpyError('the bytes do not start with \\x93NUMPY: send a file that numpy.save wrote', place);
  }
  const major = view.getUint8(6);
  if (major < 1 || major > 3) throw createNpyError(`npy version ${major} is not supported`, place);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw createNpyError('the header is cut off', place);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maximumHeaderBytes) {
    throw createNpyError(`the header is ${length} bytes long, the limit is ${maximumHeaderBytes}`, place);
  }
  if (start + length > bytes.length) throw createNpyError('the header is cut off', place);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
  return { text, end: start + length };
}

const entryPattern =
  /\s*(['"])(\w{1,20})\1\s*:\s*(?:(['"])([^'"]*)\3|(True|False)|\(([\dL,\s-]*)\))\s*(?:,|(?=\}))/y;

function parseDictionary(text: string, place: NpyPlace) {
  const found = new Map<string, string>();
  let at = text.startsWith('{') ? 1 : text.length;
  for (;;) {
    entryPattern.lastIndex = at;
    const match = entryPattern.exec(text);
    if (match === null) break;
    const [, , key = '', , word, flag, tuple] = match;
    // Each value is of its own kind, so that none can stand for another.
    const kind = word !== undefined ? 'descr' : flag !== undefined ? 'fortran_order' : 'shape';
    if (kind !== key || found.has(key)) throw createDictionaryError(text, place);
    found.set(key, word ?? flag ?? tuple ?? '');
    at = entryPattern.lastIndex;
  }
  const descr = found.get('descr');
  const order = found.get('fortran_order');
  const shapeText = found.get('shape');
  if (/^\{\s*(['"])descr\1\s*:\s*\[/.test(text))
    throw createTypeError('holds structured records, which are not supported', place);
  if (
    descr === undefined ||
    order === undefined ||
    shapeText === undefined ||
    !/^\s*\}\s*$/.test(text.slice(at))
  ) {
    throw createDictionaryError(text, place);
  }
  return { descr, isFortranOrder: order === 'True', shapeText };
}

function parseShape(text: string, place: NpyPlace): readonly number[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  // A tuple of one has a comma behind it in Python; without it, it is a number in parentheses.
  const isTuple = parts.length !== 1 || text.trimEnd().endsWith(',');
  if (!isTuple || !parts.every((part) => /^\d{1,16}L?$/.test(part))) {
    throw createNpyError(`the shape (${quote(text)}) is not a tuple of non-negative integers`, place);
  }
  if (parts.length > maximumDimensions) {
    throw createNpyError(
      `the shape has ${parts.length} dimensions, the limit is ${maximumDimensions}`,
      place,
    );
  }
  return parts.map((part) => Number.parseInt(part, 10));
}

function createDictionaryError(text: string, place: NpyPlace): CodecError {
  return createNpyError(
    `the header ${JSON.stringify(text.slice(0, 60))} is not a dictionary of descr, fortran_order and shape`,
    place,
  );
}

function describeType(descr: string): string {
  if (/^[<>|=]?O/.test(descr)) return 'holds Python objects, which are not supported';
  return `has elements of type ${quote(descr)}, which is not supported`;
}

function createTypeError(what: string, { name, record }: NpyPlace): CodecError {
  const message = `${name}: the array ${what}: send bool, int, uint, float, or text (astype(float) in numpy)`;
  return new CodecError('NPY_UNSUPPORTED', message, { record });
}

/** Creates the error for bytes that are not an npy array. */
export function createNpyError(what: string, { name, record }: NpyPlace): CodecError {
  return new CodecError('NPY_MALFORMED', `${name}: ${what}`, { record });
}

function quote(text: string): string {
  return JSON.stringify(shorten(text, 60)).slice(1, -1);
}

/** Writes magic, version 1.0 and dictionary, padded so that the elements begin at a multiple of 64 bytes. */
export function writeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = 64 * Math.ceil((10 + dictionary.length + 1) / 64) - 10;
  const text = `${dictionary.padEnd(length - 1)}\n`;
  const header = new Uint8Array(10 + length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(text), 10);
  return header;
}
