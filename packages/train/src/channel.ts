/** One input channel of a job, read the same way however the platform delivers it. */

import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Codec, CodecError, type CsvRow as CsvRecord, csvCodec, jsonLinesCodec } from '@optml/codecs';
import { type CsvRow, createCsvRow } from './csv-row.ts';
import { TrainError } from './errors.ts';

/** The data of one channel on this host. */
export interface Channel {
  readonly name: string;
  readonly directory: string;
  /** What the job says of the data; undefined when it says nothing. */
  readonly contentType: string | undefined;
  /** Lists every file, absolute and sorted; a host's shard may have none. */
  files(): Promise<readonly string[]>;
  /**
   * Reads the rows of every file, in the order of `files`, as CSV without a header.
   *
   * @throws TrainError `DATA_INVALID` with file and line, also for a row that is wider or narrower than the first.
   */
  csv(): AsyncGenerator<CsvRow>;
  /**
   * Reads the values of every file, one JSON value a line.
   *
   * @throws TrainError `DATA_INVALID` with file and line.
   */
  jsonLines(): AsyncGenerator<unknown>;
}

export function createChannel(name: string, directory: string, contentType: string | undefined): Channel {
  const describe = (file: string) => `${name}/${relative(directory, file)}`;
  const files = () => listFiles(directory);
  return {
    name,
    directory,
    contentType,
    files,
    async *csv() {
      for (const file of await files()) {
        for await (const record of readItems<CsvRecord>(csvCodec, file, describe(file))) {
          yield createCsvRow(describe(file), record.line, record.cells);
        }
      }
    },
    async *jsonLines() {
      for (const file of await files()) yield* readItems<unknown>(jsonLinesCodec, file, describe(file));
    },
  };
}

/** Lists the regular files below `directory`; none when it does not exist. */
export async function listFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function* readItems<Item>(
  codec: Pick<Codec<never, Item>, 'decodeStream'>,
  file: string,
  shownAs: string,
): AsyncGenerator<Item> {
  try {
    yield* codec.decodeStream(createReadStream(file));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new TrainError('DATA_INVALID', `${shownAs}: ${error.message}`, { cause: error });
  }
}
