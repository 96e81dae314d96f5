/** Reads what the platform says of models: in paths, in query strings and in bodies. A name is never a path. */

import { ServeError } from '../errors/errors.ts';

/** As many as the name of a model that a client sends may have. Source: `InvokeEndpoint`, `TargetModel`. */
const maximumNameCharacters = 1_024;
const usualPage = 100;
const largestPage = 1_000;

/** What a path under `/models` means; without a name, it means all models. */
export interface ModelPath {
  readonly name?: string | undefined;
  readonly isInvoke: boolean;
}

/** @throws ServeError `ROUTE_NOT_FOUND`, `MODEL_REQUEST_INVALID` */
export function readModelPath(path: string): ModelPath {
  const [, encoded, action, ...others] = path.slice(1).split('/');
  if (encoded === undefined || (encoded === '' && action === undefined)) return { isInvoke: false };
  const isKnown = others.length === 0 && (action === undefined || action === 'invoke');
  if (!isKnown || encoded === '') {
    const advice =
      'use POST /models, GET or DELETE /models/{name}, or POST /models/{name}/invoke, with %2F for a slash in a name';
    throw new ServeError('ROUTE_NOT_FOUND', `${JSON.stringify(path)} is not a route of models: ${advice}`);
  }
  return { name: decodeName(encoded), isInvoke: action === 'invoke' };
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    const message = `the name ${JSON.stringify(encoded)} is not percent-encoded UTF-8: encode it as encodeURIComponent does`;
    throw new ServeError('MODEL_REQUEST_INVALID', message, { cause });
  }
}

/** Reads a body of POST /models. @throws ServeError `MODEL_REQUEST_INVALID` */
export function readLoadRequest(body: Uint8Array): { readonly name: string; readonly url: string } {
  const refuse = (reason: string, cause?: unknown) => {
    const advice = 'send {"model_name": "...", "url": "/opt/ml/models/.../model"}';
    return new ServeError('MODEL_REQUEST_INVALID', `the request ${reason}: ${advice}`, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw refuse('is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null) throw refuse('is not a JSON object');
  const { model_name: name, url } = value as { readonly model_name?: unknown; readonly url?: unknown };
  if (typeof name !== 'string' || name === '') throw refuse('has no text under "model_name"');
  if (typeof url !== 'string' || url === '') throw refuse('has no text under "url"');
  if (name.length > maximumNameCharacters)
    throw refuse(`has a name of ${name.length} characters, more than ${maximumNameCharacters}`);
  if (!name.isWellFormed()) throw refuse('has a name that is not Unicode');
  return { name, url };
}

/** Reads the query string of GET /models. @throws ServeError `MODEL_REQUEST_INVALID` */
export function readListQuery(target: string): { readonly limit: number; readonly after: number } {
  const query = new URLSearchParams(target.slice(target.indexOf('?') + 1 || target.length));
  const read = (name: string, most: number): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    const expectation =
      name === 'limit' ? `expected a whole number from 1 to ${most}` : 'send what the page before ended with';
    throw new ServeError('MODEL_REQUEST_INVALID', `${name} is ${JSON.stringify(text)}: ${expectation}`);
  };
  const limit = read('limit', largestPage) ?? usualPage;
  return { limit, after: read('next_page_token', Number.MAX_SAFE_INTEGER) ?? 0 };
}
