/** Reads a part in one of the formats of `@optml/codecs`, whose faults then say where they stand. */

import {
  CodecError,
  csvCodec,
  type DecodeOptions,
  jsonLinesCodec,
  type NumericCsvBatchOptions,
  type NumericMatrix,
  type NumericValues,
  readNumericCsv,
  recordIoCodec,
  recordIoProtobufCodec,
  type TensorRecord,
} from '@optml/codecs';
import { TrainError } from '../errors.ts';
import { type CsvRow, createCsvRow } from './csv-row.ts';
import type { DataPart } from './data-source.ts';

/** How large a record may be. */
export interface RecordOptions {
  /** Default 16 MiB: what is larger is refused before memory is taken for it. */
  readonly maximumRecordBytes?: number | undefined;
}

/** Text has the charset that the job's ContentType names, which an author's own parameters may replace. */
export type TextOptions = RecordOptions & Pick<DecodeOptions, 'parameters'>;

export async function* readCsv(part: DataPart, options: TextOptions): AsyncGenerator<CsvRow> {
  const rows = readItems(part, (bytes) => csvCodec.decodeStream(bytes, options));
  for await (const { line, cells } of rows) {
    yield createCsvRow(part.name, line, cells);
  }
}

export function readNumericRows<Values extends NumericValues>(
  part: DataPart,
  options: NumericCsvBatchOptions<Values>,
): AsyncGenerator<NumericMatrix<Values>> {
  return readItems(part, (bytes) => readNumericCsv(bytes, options));
}

/** How JSON lines are read. */
export interface JsonLinesOptions extends RecordOptions {
  /**
   * What becomes of a number that a double cannot hold, for example an id of 20 digits: `refuse`, the default, fails
   * with `DATA_INVALID`; `text` gives its digits as a string; `raw` as an object that `JSON.stringify` writes as them.
   */
  readonly lossyNumbers?: 'refuse' | 'text' | 'raw' | undefined;
}

export function readJsonLines(
  part: DataPart,
  options: JsonLinesOptions & TextOptions,
): AsyncGenerator<unknown> {
  const advice = ", or read it with jsonLines({ lossyNumbers: 'text' })";
  return readItems(part, (bytes) => jsonLinesCodec.decodeStream(bytes, options), advice);
}

export function readRecordIo(part: DataPart, options?: RecordOptions): AsyncGenerator<Uint8Array> {
  return readItems(part, (bytes) => recordIoCodec.decodeStream(bytes, options));
}

export function readRecordIoProtobuf(part: DataPart, options?: RecordOptions): AsyncGenerator<TensorRecord> {
  return readItems(part, (bytes) => recordIoProtobufCodec.decodeStream(bytes, options));
}

/** @throws TrainError `DATA_INVALID` with the part and the position in it, and with what to do about a lossy number. */
export async function* readItems<Item>(
  { name, bytes }: DataPart,
  decode: (bytes: AsyncIterable<Uint8Array>) => AsyncGenerator<Item>,
  lossyNumberAdvice = '',
): AsyncGenerator<Item> {
  try {
    yield* decode(bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const advice = error.code === 'NUMBER_LOSSY' ? lossyNumberAdvice : '';
    throw new TrainError('DATA_INVALID', `${name}: ${error.message}${advice}`, { cause: error });
  }
}
