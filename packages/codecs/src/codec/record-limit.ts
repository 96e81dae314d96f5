/** The most bytes one record may take, and the error for one that takes more. */

import { constants } from 'node:buffer';
import { CodecError } from '../errors.ts';
import type { DecodeOptions } from './codec.ts';

const defaultMaximumRecordBytes = 16 * 1024 * 1024;

/** Returns the limit in bytes; never more than one string can hold, which is where Node would fail. */
export function resolveRecordLimit(options: DecodeOptions = {}): number {
  return Math.min(options.maximumRecordBytes ?? defaultMaximumRecordBytes, constants.MAX_STRING_LENGTH);
}

/** Ends the advice in a message; the highest limit cannot be raised. */
export function orRaise(limit: number): string {
  return limit < constants.MAX_STRING_LENGTH ? ', or raise maximumRecordBytes' : '';
}

/** Creates the error for the record that starts on a line; `advice` says how records of the format end. */
export function createRecordTooLargeError(
  limit: number,
  line: number,
  record: number,
  advice = 'close its quote or end its line',
): CodecError {
  const message = `the record on line ${line} is larger than ${limit} bytes: ${advice}${orRaise(limit)}`;
  return new CodecError('RECORD_TOO_LARGE', message, { line, record });
}
