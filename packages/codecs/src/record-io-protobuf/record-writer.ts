/** Writes one `aialgs.data` Record as protobuf, its fields in the order of their numbers. */

import { endianness } from 'node:os';
import { assertAttached } from '../codec/assert-attached.ts';
import { CodecError } from '../errors.ts';
import { createProtoWriter, type ProtoWriter } from './proto-writer.ts';
import {
  type BytesValue,
  type EncodableTensorRecord,
  findTensorFault,
  type RecordValue,
  type Tensor,
} from './tensor-record.ts';

/**
 * Creates the function that writes the records of one body, up to the first that cannot be written. Each is gone when the
 * next is written.
 *
 * @throws while writing, `CodecError` with `PROTOBUF_UNENCODABLE`
 */
export function createTensorRecordWriter(): (value: EncodableTensorRecord, record: number) => Uint8Array {
  const writer = createProtoWriter();
  return (value, record) => {
    if (typeof value !== 'object' || value === null) {
      throw createUnencodableError(`is ${value === null ? 'null' : typeof value}, not a record`, record);
    }
    writeText(writer, 0x2a, value.configuration, 'configuration', record);
    writeText(writer, 0x22, value.metadata, 'metadata', record);
    writeText(writer, 0x1a, value.uid, 'uid', record);
    writeMap(writer, 0x12, value.label, 'label', record);
    writeMap(writer, 0x0a, value.features, 'features', record);
    return writer.finish();
  };
}

function writeText(
  writer: ProtoWriter,
  tag: number,
  text: string | undefined,
  name: string,
  record: number,
): void {
  if (text === undefined) return;
  if (typeof text !== 'string' || !text.isWellFormed()) {
    throw createUnencodableError(`has a ${name} that is not text, or holds an unpaired surrogate`, record);
  }
  const since = writer.size();
  writer.writeText(text);
  writer.closeField(tag, since);
}

function writeMap(
  writer: ProtoWriter,
  tag: number,
  map: Readonly<Record<string, RecordValue>> | undefined,
  name: string,
  record: number,
): void {
  if (map === undefined) return;
  if (typeof map !== 'object' || map === null) {
    throw createUnencodableError(`has ${name} that are not an object of values by name`, record);
  }
  for (const [key, value] of Object.entries(map).reverse()) {
    const since = writer.size();
    writeValue(writer, value, `${name}.${key}`, record);
    writer.closeField(0x12, since);
    writeText(writer, 0x0a, key, `name in ${name}`, record);
    writer.closeField(tag, since);
  }
}

function writeValue(writer: ProtoWriter, value: RecordValue, path: string, record: number): void {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && 'values' in value) writeTensor(writer, value, path, record);
  else if (isObject && 'bytes' in value) writeBlob(writer, value, path, record);
  else throw createUnencodableError(`has neither a tensor ("values") nor "bytes" at ${path}`, record);
}

function writeTensor(writer: ProtoWriter, tensor: Tensor, path: string, record: number): void {
  const tag = chooseTag(tensor.values);
  const fault =
    tag === undefined
      ? 'has values that are not a Float32Array, Float64Array or Int32Array'
      : findFault(tensor);
  if (tag === undefined || fault !== undefined) {
    throw createUnencodableError(`has a tensor at ${path} that ${fault}`, record);
  }
  assertAttached(tensor.values, 'PROTOBUF_UNENCODABLE');
  const since = writer.size();
  writeVarints(writer, 0x1a, tensor.shape ?? []);
  writeVarints(writer, 0x12, tensor.keys ?? []);
  writeValues(writer, tensor.values);
  writer.closeField(tag, since);
}

function chooseTag(values: Tensor['values']): number | undefined {
  if (values instanceof Float32Array) return 0x12;
  if (values instanceof Float64Array) return 0x1a;
  return values instanceof Int32Array ? 0x3a : undefined;
}

function findFault(tensor: Tensor): string | undefined {
  if (tensor.keys !== undefined && !(tensor.keys instanceof Float64Array))
    return 'has keys that are not a Float64Array';
  if (tensor.shape !== undefined && !Array.isArray(tensor.shape)) return 'has a shape that is not an array';
  return findTensorFault(tensor);
}

function writeVarints(writer: ProtoWriter, tag: number, numbers: ArrayLike<number>): void {
  if (numbers.length === 0) return;
  const since = writer.size();
  for (let index = numbers.length - 1; index >= 0; index -= 1) writer.writeVarint(numbers[index] ?? 0);
  writer.closeField(tag, since);
}

function writeValues(writer: ProtoWriter, values: Tensor['values']): void {
  if (values.length === 0) return;
  const since = writer.size();
  if (values instanceof Int32Array) {
    for (let index = values.length - 1; index >= 0; index -= 1) writer.writeInt32(values[index] ?? 0);
  } else writer.writeBytes(spellFloats(values));
  writer.closeField(0x0a, since);
}

const isBigEndian = endianness() === 'BE';

function spellFloats(values: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (!isBigEndian) return bytes;
  const copy = Buffer.from(bytes);
  return values.BYTES_PER_ELEMENT === 4 ? copy.swap32() : copy.swap64();
}

function writeBlob(writer: ProtoWriter, value: BytesValue, path: string, record: number): void {
  const since = writer.size();
  writeText(writer, 0x12, value.contentType, `content type at ${path}`, record);
  if (!Array.isArray(value.bytes)) {
    throw createUnencodableError(`has "bytes" at ${path} that are not an array of Uint8Arrays`, record);
  }
  for (const bytes of value.bytes.toReversed()) {
    if (!(bytes instanceof Uint8Array)) {
      throw createUnencodableError(`has "bytes" at ${path} that are not an array of Uint8Arrays`, record);
    }
    assertAttached(bytes, 'PROTOBUF_UNENCODABLE');
    const before = writer.size();
    writer.writeBytes(bytes);
    writer.closeField(0x0a, before);
  }
  writer.closeField(0x4a, since);
}

function createUnencodableError(what: string, record: number): CodecError {
  const message = `writing a protobuf record: record ${record} (from zero) ${what}: make it a TensorRecord`;
  return new CodecError('PROTOBUF_UNENCODABLE', message, { record });
}
