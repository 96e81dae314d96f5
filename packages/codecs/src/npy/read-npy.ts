/** Reads an npy file into an array: no memory is taken before the file is known to be as long as its shape says. */

import { count as countOf } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';
import type { ElementFormat } from './element-format.ts';
import { type ElementValues, type NdArray, numberTypes } from './nd-array.ts';
import { createNpyError, type NpyPlace, readNpyHeader } from './npy-header.ts';
import { orderByRows } from './order-by-rows.ts';

/**
 * Reads one array, which is all of `bytes`.
 *
 * @throws `CodecError` with `NPY_MALFORMED`, `NPY_UNSUPPORTED`, `TEXT_NOT_UTF8`
 */
export function readNpy(bytes: Uint8Array, place: NpyPlace): NdArray {
  const { format, isFortranOrder, shape, count, end } = readNpyHeader(bytes, place);
  const expected = count * format.width;
  const actual = bytes.length - end;
  if (actual !== expected) {
    const what = `the shape (${shape.join(', ')}) needs ${countOf(expected, 'byte')} of elements, the file has ${actual}`;
    throw createNpyError(`${what}: send the whole file, with one array`, place);
  }
  const values = readValues(bytes.subarray(end), format, count, place);
  return { type: format.type, shape, values: isFortranOrder ? orderByRows(values, shape) : values };
}

function readValues(bytes: Uint8Array, format: ElementFormat, count: number, place: NpyPlace): ElementValues {
  if (format.type === 'text') return readTexts(bytes, format, count, place);
  if (format.type === 'bytes') return readByteTexts(bytes, format.width, count, place);
  const view = arrange(bytes, format);
  if (format.type === 'bool') return view.map((byte) => (byte === 0 ? 0 : 1));
  const { buffer, byteOffset } = view;
  if (format.type === 'float16') return readHalves(new Uint16Array(buffer, byteOffset, count));
  return new numberTypes[format.type].Values(buffer as ArrayBuffer, byteOffset, count);
}

/** Gives the bytes as they are where a typed array can lie on them, else a copy of their own that it can. */
function arrange(bytes: Uint8Array, { width, isBigEndian }: ElementFormat): Uint8Array {
  const isSwapped = isBigEndian && width > 1;
  if (!isSwapped && bytes.byteOffset % width === 0) return bytes;
  const copy = new Uint8Array(bytes);
  if (!isSwapped) return copy;
  const { buffer } = copy;
  const block = Buffer.from(buffer);
  if (width === 2) block.swap16();
  else if (width === 4) block.swap32();
  else block.swap64();
  return copy;
}

/** A `Float16Array` is not in every Node that this package runs on. */
function readHalves(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) values[index] = readHalf(halves[index] ?? 0);
  return values;
}

/** Source: IEEE 754-2019, binary16. */
function readHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Four bytes a character; zeros at the end are padding. */
function readTexts(bytes: Uint8Array, format: ElementFormat, count: number, place: NpyPlace): string[] {
  const { buffer, byteOffset, byteLength } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  const isLittleEndian = !format.isBigEndian;
  return Array.from({ length: count }, (_, index) => {
    let end = (index + 1) * format.width;
    const start = index * format.width;
    while (end > start && view.getUint32(end - 4, isLittleEndian) === 0) end -= 4;
    let text = '';
    for (let at = start; at < end; at += 4) {
      const point = view.getUint32(at, isLittleEndian);
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        throw createNpyError(
          `element ${index} (from zero) holds ${point}, which is not a valid code point`,
          place,
        );
      }
      text += String.fromCodePoint(point);
    }
    return text;
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readByteTexts(bytes: Uint8Array, width: number, count: number, place: NpyPlace): string[] {
  return Array.from({ length: count }, (_, index) => {
    const start = index * width;
    let end = start + width;
    while (end > start && bytes[end - 1] === 0) end -= 1;
    try {
      return utf8.decode(bytes.subarray(start, end));
    } catch (cause) {
      const message = `${place.name}: element ${index} (from zero) is not UTF-8: send text, or numbers as uint8`;
      const { record } = place;
      throw new CodecError('TEXT_NOT_UTF8', message, { cause, record });
    }
  });
}
