/** Reads text line by line. */

import { constants, isUtf8 } from 'node:buffer';
import { toUtf8 } from '@optml/codecs/text';
import { TrainError } from '../errors.ts';
import type { DataPart } from './data-source.ts';
import { type RecordOptions, readItems, type TextOptions } from './read-records.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What one line may take before it is called endless; as much as a record of any format may. */
const defaultMaximumBytes = 16 * 1024 * 1024;

/**
 * Yields the lines of a part without their ends, LF or CRLF, and without the mark that some files begin with; empty
 * lines too, but nothing behind the last line's end.
 *
 * @throws TrainError `DATA_INVALID` with the line and byte, for what is not UTF-8, or not of the charset that the
 * options name, and for a line above `maximumRecordBytes`.
 */
export function readLines(part: DataPart, options: TextOptions): AsyncGenerator<string> {
  return splitLines(
    part.name,
    readItems(part, (bytes) => toUtf8(bytes, options)),
    options,
  );
}

async function* splitLines(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  { maximumRecordBytes = defaultMaximumBytes }: RecordOptions,
): AsyncGenerator<string> {
  const limit = Math.min(maximumRecordBytes, constants.MAX_STRING_LENGTH);
  let line = 0;
  let position = 0;
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  const hold = (piece: Uint8Array) => {
    if (piece.length === 0) return;
    pieces.push(piece);
    heldBytes += piece.length;
    if (heldBytes > limit) throw createTooLongError(name, line + 1, position, limit);
  };
  const finish = (): string => {
    const content = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    const text = decodeLine(content, name, line + 1, position);
    position += heldBytes + 1;
    line += 1;
    pieces = [];
    heldBytes = 0;
    return line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      hold(chunk.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    hold(chunk.subarray(from));
  }
  if (heldBytes > 0) yield finish();
}

function decodeLine(content: Uint8Array, name: string, line: number, position: number): string {
  const end = content.at(-1) === carriageReturn ? content.length - 1 : content.length;
  if (!isUtf8(content)) {
    const message = `${name}: line ${line}, which begins at byte ${position}, is not UTF-8: store it as UTF-8, or name its charset in the channel's ContentType, for example text/plain; charset=iso-8859-1`;
    throw new TrainError('DATA_INVALID', message);
  }
  return Buffer.from(content.buffer, content.byteOffset, end).toString('utf8');
}

function createTooLongError(name: string, line: number, position: number, limit: number): TrainError {
  const orRaise =
    limit < constants.MAX_STRING_LENGTH ? ', or raise it with lines({ maximumRecordBytes })' : '';
  const message = `${name}: line ${line}, which begins at byte ${position}, is longer than ${limit} bytes, the limit for a line: split it${orRaise}`;
  return new TrainError('DATA_INVALID', message);
}
