/**
 * Reads the records out of RecordIO frames as their bytes arrive. A record that lies whole in one chunk is a
 * view of it; any other is copied into memory of its own, taken once its claimed size is known to be allowed.
 */

import type { BodyReader } from '../codec/body-reader.ts';
import type { DecodeOptions } from '../codec/codec.ts';
import { resolveRecordLimit } from '../codec/record-limit.ts';
import { RecordAssembly } from './record-assembly.ts';
import {
  countPadding,
  createTooLargeError,
  headerBytes,
  magicBytes,
  maximumPartBytes,
  readUint32,
} from './record-io-frame.ts';

/** Creates the reader of one RecordIO body. */
export function createRecordIoReader(options?: DecodeOptions): BodyReader<Uint8Array> {
  return new RecordIoReader(resolveRecordLimit(options));
}

class RecordIoReader implements BodyReader<Uint8Array> {
  readonly #limit: number;
  readonly #assembly: RecordAssembly;
  #record = 0;
  #base = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#assembly = new RecordAssembly(limit);
  }

  *read(chunk: Uint8Array): Generator<Uint8Array> {
    const assembly = this.#assembly;
    for (let at = 0; at < chunk.length; ) {
      const place = { record: this.#record, offset: this.#base + at };
      const size = assembly.isIdle() ? measureWholeRecord(chunk, at) : -1;
      if (size > this.#limit) throw createTooLargeError(size, this.#limit, place);
      if (size >= 0) {
        yield chunk.subarray(at + headerBytes, at + headerBytes + size);
        this.#record += 1;
        at += headerBytes + size + countPadding(size);
        continue;
      }
      at += assembly.take(chunk, at, place);
      if (!assembly.complete()) continue;
      yield assembly.finish();
      this.#record += 1;
    }
    this.#base += chunk.length;
  }

  end(): readonly Uint8Array[] {
    this.#assembly.assertIdle();
    return [];
  }
}

/** Gives the size of the record whose only frame lies whole in the chunk; -1 for anything else. */
function measureWholeRecord(chunk: Uint8Array, at: number): number {
  const start = at + headerBytes;
  if (start > chunk.length || readUint32(chunk, at) !== magic) return -1;
  const size = readUint32(chunk, at + 4);
  // A flag other than 0 makes the size larger than any payload.
  if (size > maximumPartBytes || start + size + countPadding(size) > chunk.length) return -1;
  return size;
}

const magic = readUint32(magicBytes, 0);
