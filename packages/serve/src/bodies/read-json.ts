/** Reads JSON documents, which may wrap their instances in an object. */

import { jsonCodec, parseJson } from '@optml/codecs';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';
import { readAscii } from './read-ascii.ts';
import { readJsonRows } from './read-json-rows.ts';
import { isWrapper, wrappers } from './wrappers.ts';

/** What is wrong with a document is said by the codec, which looks at it again. */
export function readPlainJson(body: string | Uint8Array): DecodedBody | undefined {
  const rows = typeof body === 'string' ? undefined : readJsonRows(body);
  if (rows !== undefined) return rows;
  const text = readAscii(body);
  if (text === undefined) return undefined;
  try {
    return unwrapDocument(parseJson(text));
  } catch {
    return undefined;
  }
}

export function readJson(body: Uint8Array, { parameters, lossyNumbers }: ReadOptions): DecodedBody {
  return unwrapDocument(jsonCodec.decode(body, { parameters, maximumRecordBytes, lossyNumbers }));
}

function unwrapDocument(document: unknown): DecodedBody {
  for (const name of wrappers) {
    if (isWrapper(document, name)) return { name, instances: document[name] };
  }
  return { name: 'instances', instances: document };
}
