/** Reads forms, `multipart/form-data`: texts stay in memory, and of a body that waits on disk large files go there, too. */

import { once } from 'node:events';
import { Dicer } from '@fastify/busboy';
import { parseMediaType } from '@optml/codecs';
import { ServeError } from '../errors/errors.ts';
import type { InvocationBody } from '../invocation/invocation.ts';
import type { DecodedBody } from './decoded-body.ts';
import { maximumHeaderBytes, maximumHeaders } from './form-part.ts';
import { type FormPart, readPart } from './read-part.ts';
import { streamFile } from './read-stored-body.ts';

const maximumParts = 1_000;
/** The parser looks for no more than 256 bytes. A boundary should have at most 70. Source: RFC 2046, 5.1.1. */
const maximumBoundary = 250;

/**
 * Reads a form into an object by field name, with what came under one name more than once as a list. A signal that aborts
 * ends it.
 *
 * @throws ServeError `FORM_MALFORMED`, `BODY_NOT_STORED`; the reason of the signal
 */
export async function readForm(
  body: InvocationBody,
  contentType: string,
  signal: AbortSignal,
): Promise<DecodedBody> {
  const boundary = readBoundary(contentType);
  const parts = await parseParts(readChunks(body), { boundary, directory: findDirectory(body), signal });
  const members = new Map<string, unknown[]>();
  for (const { name, value } of parts) {
    const values = members.get(name);
    if (values === undefined) members.set(name, [value]);
    else values.push(value);
  }
  const entries = [...members].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
  // Not by assignment: a field may be called __proto__.
  return { name: 'form', instances: Object.fromEntries(entries), isForm: true, hasLossyNumbers: true };
}

function readBoundary(contentType: string): string {
  const { boundary = '' } = parseMediaType(contentType).parameters;
  if (boundary.length > maximumBoundary) {
    const message = `the boundary of the form has ${boundary.length} characters, more than ${maximumBoundary}: leave the Content-Type to the client that writes the form, or choose a boundary of at most 70`;
    throw new ServeError('FORM_MALFORMED', message);
  }
  if (boundary !== '') return boundary;
  const message = `the Content-Type ${contentType.slice(0, 100)} has no boundary: leave the header to the client that writes the form, or send multipart/form-data; boundary=...`;
  throw new ServeError('FORM_MALFORMED', message);
}

async function* readChunks(body: InvocationBody): AsyncGenerator<Buffer> {
  if (typeof body === 'string') yield Buffer.from(body, 'latin1');
  else if (body instanceof Uint8Array) yield Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  else yield* streamFile(body.file);
}

function findDirectory(body: InvocationBody): string | undefined {
  return typeof body === 'string' || body instanceof Uint8Array ? undefined : body.filesDirectory;
}

interface ParseOptions {
  readonly boundary: string;
  /** Where large files go. */
  readonly directory: string | undefined;
  readonly signal: AbortSignal;
}

async function parseParts(
  chunks: AsyncIterable<Buffer>,
  { boundary, directory, signal }: ParseOptions,
): Promise<readonly FormPart[]> {
  // What the parser leaves out without a word has to be seen: it takes a few more headers than are allowed.
  const limits = { maxHeaderPairs: 2 * maximumHeaders, maxHeaderSize: 4 * maximumHeaderBytes };
  const parser = new Dicer({ boundary, ...limits });
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  finished.catch(() => undefined);
  const stop = new AbortController();
  const fail = (error: unknown) => {
    reject(error);
    stop.abort(error);
  };
  const leave = () => fail(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  parser.on('error', () => fail(createUnfinishedError(boundary))).on('finish', resolve);
  const parts: Promise<FormPart>[] = [];
  parser.on('part', (stream) => {
    if (parts.length === maximumParts) fail(createManyPartsError());
    const part = readPart(stream, { number: parts.length + 1, directory, signal: stop.signal });
    part.catch(fail);
    parts.push(part);
  });
  try {
    for await (const chunk of chunks) {
      if (stop.signal.aborted) break;
      if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), finished]);
    }
    if (!stop.signal.aborted) parser.end();
    await finished;
    return await Promise.all(parts);
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function createUnfinishedError(boundary: string): ServeError {
  const end = `--${boundary.slice(0, 80)}--`;
  const message = `the form ends before its last boundary, ${JSON.stringify(end)}: send all of it, with the boundary of the Content-Type and lines that end in CR LF`;
  return new ServeError('FORM_MALFORMED', message);
}

function createManyPartsError(): ServeError {
  const message = `the form has more than ${maximumParts} parts: send fewer fields and files at a time`;
  return new ServeError('FORM_MALFORMED', message);
}
