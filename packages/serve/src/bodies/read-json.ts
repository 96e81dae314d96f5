/** Reads JSON documents, which may wrap their instances in an object. */

import { jsonCodec, parseJson } from '@optml/codecs';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';
import { readAscii } from './read-ascii.ts';

/** What is wrong with a document is said by the codec, which looks at it again. */
export function readPlainJson(body: string | Uint8Array): DecodedBody | undefined {
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

/** `{"instances": X}` is SageMaker's own convention, `{"inputs": X}` that of TensorFlow Serving and Hugging Face. */
export const wrappers = ['instances', 'inputs'];

function unwrapDocument(document: unknown): DecodedBody {
  for (const name of wrappers) {
    if (isWrapper(document, name)) return { name, instances: document[name] };
  }
  return { name: 'instances', instances: document };
}

/** True for an object with exactly this key. */
export function isWrapper<Key extends string>(
  value: unknown,
  key: Key,
): value is Readonly<Record<Key, unknown>> {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return Object.keys(value).length === 1;
}
