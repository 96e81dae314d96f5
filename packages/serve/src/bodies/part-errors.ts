/** The errors of a body that is predicted part by part: they say where in the whole body they are. */

import { codecErrorCodes } from '@optml/codecs';
import { isKnownError, type KnownError, ServeError } from '../errors/errors.ts';
import type { BodyPart } from '../invocation/body-part.ts';
import { findLine } from './split-records.ts';

/** What is wrong with the head of a request is found with its first part, and has no place in the body. */
const headPattern = /^(?:ACCEPT|ADAPTER|CHARSET|CONTENT_TYPE|MEDIA_TYPE|SESSION)/;

/** Moves an error of a part to its place in the whole body; its own message counts from the beginning of the part. */
export function placeError(error: unknown, part: BodyPart, body: Uint8Array): KnownError {
  if (!isKnownError(error)) return createUnknownError(error, part);
  if (part.recordsBefore === 0 && headPattern.test(error.code)) return error;
  const { code, message, param, cause } = error;
  const record = error.record === undefined ? undefined : part.recordsBefore + error.record;
  const place =
    error.record === undefined
      ? nameRecords(part)
      : `record ${record} (from zero), line ${findLine(toBuffer(body), part, error.record)}`;
  const placed = new Error(`${place}: ${movePlaces(message, code, part)}`);
  if (cause !== undefined) placed.cause = moveCause(cause, code, part);
  return Object.assign(placed, { code, record, ...(param === undefined ? {} : { param }) });
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function createUnknownError(cause: unknown, part: BodyPart): ServeError {
  return new ServeError('INTERNAL', `${nameRecords(part)}: the server failed: its log says why`, { cause });
}

/** What is in quotes is the client's own text. */
const placePattern =
  /"(?:[^"\\]|\\.)*"|\b(line|byte|record|row) (\d+)\b|(\binstances|\bprediction|\$)\[(\d+)\]/g;

/** The words for a place in the message of an author have another meaning, perhaps. */
function movePlaces(message: string, code: string, part: BodyPart): string {
  const isOfCodec = (codecErrorCodes as readonly string[]).includes(code);
  return message.replace(
    placePattern,
    (text, word?: string, place?: string, name?: string, index?: string) => {
      if (name !== undefined) return `${name}[${Number(index) + part.recordsBefore}]`;
      if (word === undefined || !isOfCodec) return text;
      return `${word} ${Number(place) + countBefore(word, part)}`;
    },
  );
}

function countBefore(word: string, { linesBefore, bytesBefore, recordsBefore }: BodyPart): number {
  if (word === 'line') return linesBefore;
  return word === 'byte' ? bytesBefore : recordsBefore;
}

/** What a schema has against a prediction lies beneath, and the log has it. */
function moveCause(cause: unknown, code: string, part: BodyPart): unknown {
  if (code !== 'PREDICTION_INVALID' || !(cause instanceof Error)) return cause;
  return new Error(movePlaces(cause.message, code, part));
}

/** Where no single record is to blame. */
function nameRecords({ records, recordsBefore, linesBefore }: BodyPart): string {
  return `records ${recordsBefore} to ${recordsBefore + records - 1} (from zero), from line ${linesBefore + 1} on`;
}

/** @throws ServeError `PREDICTION_INVALID` where the predictor gave more or fewer records than the part has */
export function assertCount(part: BodyPart, count: number): void {
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
  part: BodyPart,
  [before, type]: readonly (string | undefined)[],
): ServeError {
  const message = `the reply is ${before}, and from record ${part.recordsBefore} on it would be ${type}: accept a type that holds all predictions`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message);
}
