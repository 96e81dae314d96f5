/** Takes objects out of the RecordIO records into which the platform puts them (`RecordWrapperType: RecordIO`). */

import type { DataPart } from './data-source.ts';
import { readRecordIo } from './read-records.ts';

/** The most that a record of several frames can hold: an object, not a record of ours, sets the size. */
const maximumObjectBytes = 2 ** 30;

/** Yields each object as a part of its own, so that formats are read as they are from files. */
export async function* unwrapObjects(part: DataPart): AsyncGenerator<DataPart> {
  let index = 0;
  for await (const object of readRecordIo(part, { maximumRecordBytes: maximumObjectBytes })) {
    index += 1;
    yield { name: `${part.name} object ${index}`, bytes: once(object) };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
