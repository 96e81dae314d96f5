/** One input channel of a job, read the same way however the platform delivers it. */

import type { NumericCsvBatchOptions, NumericMatrix, NumericValues, TensorRecord } from '@optml/codecs';
import { TrainError } from '../errors.ts';
import { assertAttributeNames } from './attribute-names.ts';
import { type ChannelMode, readContentType } from './channel-declaration.ts';
import type { CsvRow } from './csv-row.ts';
import type { DataPart, DataSource } from './data-source.ts';
import { type Example, readFiledExamples, readPipedExamples } from './read-examples.ts';
import { readLines } from './read-lines.ts';
import {
  type JsonLinesOptions,
  type RecordOptions,
  readCsv,
  readJsonLines,
  readNumericRows,
  readRecordIo,
  readRecordIoProtobuf,
} from './read-records.ts';
import { type Arrangement, keepAll, rearrangeMatrices } from './rearrange-matrices.ts';
import { refusePacked } from './refuse-packed.ts';
import { type ShardOptions, shardItems } from './shard-items.ts';
import { assertShuffleOptions, type ShuffleOptions, shuffleItems } from './shuffle-items.ts';

/** What the job says of a channel. */
export interface ChannelFacts {
  readonly name: string;
  readonly mode: ChannelMode;
  /** Where the files are; in Pipe mode there are none, and nothing is there. */
  readonly directory: string;
  /** What the job says of the data; undefined when it says nothing. */
  readonly contentType: string | undefined;
  /** True when each host has a part of the data already, and some host perhaps none. */
  readonly isSharded: boolean;
}

/**
 * The data of one channel on this host. Every method that reads gives all of it from the beginning each time: the
 * files again, or in Pipe mode the FIFO of the next epoch, for which it waits. A loop may be left early. Formats are
 * read file by file (in Pipe mode, object by object where the job asks for the RecordIO wrapper, and all as one
 * where it does not). Text is UTF-8, or has the charset that the channel's ContentType names.
 *
 * All of them throw TrainError `DATA_INVALID` for data that cannot be read, with the file and the position in it,
 * and `DATA_UNREADABLE`; in Pipe mode also `CHANNEL_TIMEOUT`, `CHANNEL_IN_USE` when two loops overlap, and the reason
 * of the run's signal when they would have to wait after it aborted.
 */
export interface Channel extends ChannelFacts {
  /** Lists the files that are data, absolute and sorted; a host's shard may have none. @throws TrainError `CHANNEL_MODE_UNSUPPORTED` in Pipe mode. */
  files(): Promise<readonly string[]>;
  /** Reads the bytes of every file, one after another, in chunks of any size. */
  bytes(): AsyncGenerator<Uint8Array>;
  /** Reads lines of text without their ends. */
  lines(options?: RecordOptions): AsyncGenerator<string>;
  /** Reads CSV without a header; every row of a file must be as wide as its first. */
  csv(options?: RecordOptions): AsyncGenerator<CsvRow>;
  /**
   * Reads CSV of numbers without a header straight into matrices of typed arrays, many rows at a time; much faster
   * than `csv`. With `textLabel` the first cell of each row is text.
   */
  numericCsv<Values extends NumericValues = Float64Array<ArrayBuffer>>(
    options?: NumericCsvBatchOptions<Values>,
  ): AsyncGenerator<NumericMatrix<Values>>;
  /** Reads one JSON value a line; a number that a double cannot hold is refused, or given as text where that is asked for. */
  jsonLines(options?: JsonLinesOptions): AsyncGenerator<unknown>;
  /** Reads RecordIO records; with the platform's wrapper each record is an object. A record may be a view of a larger buffer. */
  recordIo(options?: RecordOptions): AsyncGenerator<Uint8Array>;
  /** Reads the protobuf records of SageMaker's own algorithms, `application/x-recordio-protobuf`, into typed arrays. */
  recordIoProtobuf(options?: RecordOptions): AsyncGenerator<TensorRecord>;
  /**
   * Reads the examples of an augmented manifest; `attributes` are the job's AttributeNames, in the job's order, which
   * no file tells the container. In Pipe mode the job must ask for the RecordIO wrapper. The options are for the
   * lines of the manifest, in File mode.
   */
  examples<const Attribute extends string>(
    attributes: readonly Attribute[],
    options?: RecordOptions,
  ): AsyncGenerator<Example<Attribute>>;
  /** The same channel with its records in another order; `bytes` and `files` stay as they are. */
  shuffled(options: ShuffleOptions): Channel;
  /**
   * The same channel with every n-th record of n hosts only, for data that every host has; one that the platform has
   * divided is returned as it is. `bytes` and `files` stay as they are.
   */
  shard(cluster: ShardOptions): Channel;
}

/** Creates a channel that reads `source`. */
export function createChannel(
  facts: ChannelFacts & {
    readonly isWrapped: boolean;
    /** True where `source` takes gzip off. */
    readonly isUnpacked: boolean;
    /** The job's AttributeNames, where they are known. */
    readonly attributeNames: readonly string[] | undefined;
  },
  source: DataSource,
  arrange: Arrangement = keepAll,
): Channel {
  const { isWrapped, isUnpacked, attributeNames, ...known } = facts;
  const { parameters = {} } = facts.contentType === undefined ? {} : readContentType(facts.contentType);
  const plain = (part: DataPart) => refusePacked(part, { isUnpacked, charset: parameters.charset });
  const read = <Item>(readPart: (part: DataPart) => AsyncGenerator<Item>) =>
    readParts(source.parts(), (part) => readPart(plain(part)));
  const readTransported = <Item>(readPart: (part: DataPart) => AsyncGenerator<Item>) =>
    readParts(source.transportedParts(), (part) => readPart(plain(part)));
  const rearrange = (next: Arrangement) => createChannel(facts, source, (items) => next(arrange(items)));
  return {
    ...known,
    files: source.files,
    bytes: () => readParts(source.parts(), ({ bytes }) => bytes),
    lines: (options) => arrange(read((part) => readLines(part, { parameters, ...options }))),
    csv: (options) => arrange(read((part) => readCsv(part, { parameters, ...options }))),
    numericCsv(options = {}) {
      const matrices = read((part) => readNumericRows(part, { parameters, ...options }));
      return arrange === keepAll ? matrices : rearrangeMatrices(matrices, arrange, options);
    },
    jsonLines: (options) => arrange(read((part) => readJsonLines(part, { parameters, ...options }))),
    recordIo: (options) => arrange(readTransported((part) => readRecordIo(part, options))),
    recordIoProtobuf: (options) => arrange(readTransported((part) => readRecordIoProtobuf(part, options))),
    examples(attributes, options) {
      if (facts.mode !== 'Pipe') {
        const readManifest = (part: DataPart) =>
          readJsonLines(plain(part), { parameters, ...options, lossyNumbers: 'raw' });
        return arrange(readFiledExamples({ ...facts, source, readManifest }, attributes));
      }
      if (!isWrapped) throw createNotWrappedError(facts.name);
      assertAttributeNames(facts.name, attributes, attributeNames);
      return arrange(readTransported((part) => readPipedExamples(part, attributes)));
    },
    shuffled(options) {
      assertShuffleOptions(options);
      return rearrange((items) => shuffleItems(items, options));
    },
    shard: (cluster) => rearrange(facts.isSharded ? keepAll : (items) => shardItems(items, cluster)),
  };
}

async function* readParts<Item>(
  parts: AsyncGenerator<DataPart>,
  readPart: (part: DataPart) => AsyncIterable<Item>,
): AsyncGenerator<Item> {
  for await (const part of parts) yield* readPart(part);
}

function createNotWrappedError(name: string): TrainError {
  const message = `channel ${name} is in Pipe mode without RecordIO, so its attributes cannot be told apart: set RecordWrapperType to RecordIO in the job`;
  return new TrainError('CHANNEL_MODE_UNSUPPORTED', message);
}
