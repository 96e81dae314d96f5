/** The data of a channel in File and FastFile mode: every file of its folder that is data, one after another. */

import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { createUnreadableError, type DataSource } from './data-source.ts';
import { type ListOptions, listFiles } from './list-files.ts';

/** Creates the source of `directory`; files of no bytes are parts too. */
export function createFileSource(channel: string, directory: string, options: ListOptions): DataSource {
  const files = async () => (await listFiles(directory, options)).files;
  async function* parts() {
    for (const file of await files()) {
      const name = `${channel}/${relative(directory, file)}`;
      yield { name, bytes: readFileBytes(file, name) };
    }
  }
  return { files, parts, transportedParts: parts };
}

/** Large enough that opening and waiting do not count, small enough for twenty channels. */
const chunkBytes = 256 * 1024;

/**
 * Reads a file in chunks.
 *
 * @throws TrainError `DATA_UNREADABLE` with the byte at which the file system failed: FastFile reads over the network.
 */
export async function* readFileBytes(file: string, name: string): AsyncGenerator<Uint8Array> {
  let position = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
      yield chunk;
      position += chunk.length;
    }
  } catch (cause) {
    throw createUnreadableError(name, position, cause);
  }
}
