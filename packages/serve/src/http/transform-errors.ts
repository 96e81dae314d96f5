/** The errors of a body that is predicted part by part: they say where in the whole body they are. */

import { codecErrorCodes } from '@optml/codecs';
import { type KnownError, ServeError } from '../errors/errors.ts';
import type { WholeReply } from '../invocation/invocation.ts';
import { findLine, type LineFormat, type RecordPart } from './split-records.ts';

/** Turns the reply of a part that failed into an error; its own message counts records from the beginning of the part. */
export function createPartError(
  { body, errorCode = 'INTERNAL' }: WholeReply,
  part: RecordPart,
  format: LineFormat,
): KnownError {
  const { error } = JSON.parse(String(body)) as { error: { message: string; record?: number } };
  const record = error.record === undefined ? undefined : part.recordsBefore + error.record;
  const place =
    error.record === undefined
      ? nameRecords(part)
      : `record ${record} (from zero), line ${findLine(part, error.record, format)}`;
  const own = `record ${error.record} (from zero): `;
  const reason = error.message.startsWith(own) ? error.message.slice(own.length) : error.message;
  const message = isOfCodec(errorCode) ? moveLines(reason, part.linesBefore) : reason;
  return Object.assign(new Error(`${place}: ${message}`), { code: errorCode, record });
}

function isOfCodec(code: string): boolean {
  return (codecErrorCodes as readonly string[]).includes(code);
}

/** Codecs count lines from the beginning of what they are given. */
function moveLines(message: string, linesBefore: number): string {
  return message.replace(/\bline (\d+)\b/g, (_, line) => `line ${Number(line) + linesBefore}`);
}

/** Where no single record is to blame. */
function nameRecords({ records, recordsBefore, linesBefore }: RecordPart): string {
  return `records ${recordsBefore} to ${recordsBefore + records - 1} (from zero), from line ${linesBefore + 1} on`;
}

/** @throws ServeError `PREDICTION_INVALID` where the predictor gave more or fewer records than the part has */
export function assertCount(part: RecordPart, count: number): void {
  if (count === part.records) return;
  const message = `${nameRecords(part)}: the predictor gave ${count} records for ${part.records}: a transform has one for each, in order`;
  throw new ServeError('PREDICTION_INVALID', message);
}

/** Where a reply of several parts is not in lines. */
export function createNotLinesError(type: string | undefined): ServeError {
  const message = `the reply to a body that comes in chunks has one record per line, and this one would be ${type ?? 'without a type'}: accept text/csv or application/jsonlines`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message);
}

/** Where a part has another type than those before it. */
export function createMixedError(
  part: RecordPart,
  [before, type]: readonly (string | undefined)[],
): ServeError {
  const message = `the reply is ${before}, and from record ${part.recordsBefore} on it would be ${type}: accept a type that holds all predictions`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message);
}
