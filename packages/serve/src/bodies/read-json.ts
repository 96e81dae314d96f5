/** Reads JSON documents, which may wrap their instances in an object. */

import { isAscii } from 'node:buffer';
import { jsonCodec } from '@optml/codecs';
import { parseJson, readJsonRows } from '@optml/codecs/text';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';
import { isWrapper, wrappers } from './wrappers.ts';

/** What is wrong with a document is said by the codec, which looks at it again. */
export function readPlainJson(body: string | Uint8Array): DecodedBody | undefined {
  const read = typeof body === 'string' ? undefined : readJsonRows(body);
  if (read !== undefined) {
    const { key, rows } = read;
    if (key === undefined || wrappers.includes(key)) {
      return { name: key ?? 'instances', instances: rows, areNumberRows: true };
    }
    return unwrapDocument({ [key]: rows });
  }
  const text = readAscii(body);
  if (text === undefined) return undefined;
  try {
    return unwrapDocument(parseJson(text));
  } catch {
    return undefined;
  }
}

/** Gives the text of a body that holds nothing but ASCII, else `undefined`; a string is ASCII already. */
function readAscii(body: string | Uint8Array): string | undefined {
  if (typeof body === 'string') return body;
  if (!isAscii(body)) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}

export function readJson(body: Uint8Array, { parameters, lossyNumbers }: ReadOptions): DecodedBody {
  return unwrapDocument(jsonCodec.decode(body, { parameters, maximumRecordBytes, lossyNumbers }));
}

function unwrapDocument(document: unknown): DecodedBody {
  for (const name of wrappers) {
    if (isWrapper(document, name)) return { name, instances: document[name] };
  }
  return { name: 'instances', instances: document, isWhole: true };
}
