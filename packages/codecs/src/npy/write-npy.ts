/** Writes an array, or lists of the same length within lists, as an npy file. */

import { CodecError } from '../errors.ts';
import { writeElementFormat } from './element-format.ts';
import type { ElementType, ElementValues, NdArray } from './nd-array.ts';
import { writeNpyHeader } from './npy-header.ts';
import { toNdArray } from './to-nd-array.ts';

/** Holds what can be written: an array with its shape, a typed array, or lists of numbers, booleans or text. */
export type EncodableArray =
  | NdArray
  | Exclude<ElementValues, readonly string[]>
  | number
  | boolean
  | string
  | readonly EncodableArray[];

/**
 * Writes one array, little endian and in C order: numbers as `float64`, booleans as `bool`, text as `<U`, and
 * typed arrays as what they are.
 *
 * @throws `CodecError` with `NPY_UNENCODABLE`
 */
export function writeNpy(value: EncodableArray): Uint8Array {
  const array = toNdArray(value);
  const { descr, bytes } = writeElements(array);
  const header = writeNpyHeader(descr, array.shape);
  const file = new Uint8Array(header.length + bytes.length);
  file.set(header);
  file.set(bytes, header.length);
  return file;
}

const widths: Partial<Record<ElementType, number>> = { bool: 1, float16: 2, float32: 4, float64: 8 };

function writeElements({ type, values }: NdArray): { descr: string; bytes: Uint8Array } {
  if (type === 'text' || type === 'bytes') return writeTexts(values as readonly string[]);
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = values as Float64Array;
  // What was read from halves is written as the floats it has become.
  const written = type === 'float16' && values instanceof Float32Array ? 'float32' : type;
  const descr = writeElementFormat(written);
  const width = widths[written] ?? Number(/\d+$/.exec(written)?.[0]) / 8;
  if (descr === undefined || BYTES_PER_ELEMENT !== width) {
    throw new CodecError(
      'NPY_UNENCODABLE',
      `writing npy: the values are not of type ${JSON.stringify(type)}`,
    );
  }
  return { descr, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

function writeTexts(texts: readonly string[]): { descr: string; bytes: Uint8Array } {
  const points = texts.map((text, index) => [...text].map((character) => readPoint(character, index)));
  const width = points.reduce((widest, { length }) => Math.max(widest, length), 0);
  // numpy knows no text of no characters.
  const characters = Math.max(1, width);
  const bytes = new Uint8Array(4 * characters * texts.length);
  const view = new DataView(bytes.buffer);
  for (const [index, text] of points.entries()) {
    for (const [at, point] of text.entries()) view.setUint32(4 * (index * characters + at), point, true);
  }
  return { descr: `<U${characters}`, bytes };
}

function readPoint(character: string, index: number): number {
  const point = character.codePointAt(0) ?? 0;
  if (point >= 0xd800 && point < 0xe000) {
    throw new CodecError(
      'NPY_UNENCODABLE',
      `writing npy: text ${index} (from zero) holds an unpaired surrogate`,
    );
  }
  return point;
}
