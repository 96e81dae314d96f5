/** Reads what the platform says of models: in paths, in query strings and in bodies. A name is never a path. */

import { ServeError } from '../errors/errors.ts';
import type { AdapterRequest } from '../invocation/adapter-use.ts';

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
  return { name: decodeName(encoded, 'MODEL_REQUEST_INVALID'), isInvoke: action === 'invoke' };
}

type RequestErrorCode = 'MODEL_REQUEST_INVALID' | 'ADAPTER_REQUEST_INVALID';

function decodeName(encoded: string, code: RequestErrorCode): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    const message = `the name ${JSON.stringify(encoded)} is not percent-encoded UTF-8: encode it as encodeURIComponent does`;
    throw new ServeError(code, message, { cause });
  }
}

/** Gives the name in a path under `/adapters`. @throws ServeError `ROUTE_NOT_FOUND`, `ADAPTER_REQUEST_INVALID` */
export function readAdapterName(path: string): string | undefined {
  const [, encoded = '', ...others] = path.slice(1).split('/');
  if (others.length === 0) return encoded === '' ? undefined : decodeName(encoded, 'ADAPTER_REQUEST_INVALID');
  const advice = 'use POST /adapters, or GET or DELETE /adapters/{name}, with %2F for a slash in a name';
  throw new ServeError('ROUTE_NOT_FOUND', `${JSON.stringify(path)} is not a route of adapters: ${advice}`);
}

/** Reads a body of POST /models. @throws ServeError `MODEL_REQUEST_INVALID` */
export function readLoadRequest(body: Uint8Array): { readonly name: string; readonly url: string } {
  const refuse = (reason: string, cause?: unknown) => {
    const advice = 'send {"model_name": "...", "url": "/opt/ml/models/.../model"}';
    return new ServeError('MODEL_REQUEST_INVALID', `the request ${reason}: ${advice}`, { cause });
  };
  const { model_name: name, url } = parseObject(body, refuse);
  if (typeof name !== 'string' || name === '') throw refuse('has no text under "model_name"');
  if (typeof url !== 'string' || url === '') throw refuse('has no text under "url"');
  assertName(name, refuse);
  return { name, url };
}

/**
 * Reads a request of POST /adapters, whose members may also be in the query string. One that is pinned is preloaded, as
 * DJL Serving has it.
 *
 * @throws ServeError `ADAPTER_REQUEST_INVALID`
 */
export function readAdapterRequest(body: Uint8Array, target: string): AdapterRequest {
  const refuse = (reason: string, cause?: unknown) => {
    const advice = 'send {"name": "...", "src": "/opt/ml/..."}';
    return new ServeError('ADAPTER_REQUEST_INVALID', `the request ${reason}: ${advice}`, { cause });
  };
  const value = body.byteLength === 0 ? Object.fromEntries(readQuery(target)) : parseObject(body, refuse);
  const { name, src, preload, pin } = value;
  if (typeof name !== 'string' || name === '') throw refuse('has no text under "name"');
  if (typeof src !== 'string' || src === '') throw refuse('has no text under "src"');
  assertName(name, refuse);
  const readFlag = (member: string, flag: unknown, value: boolean): boolean => {
    if (flag === undefined || flag === null) return value;
    const text = String(flag);
    if (text === 'true' || text === 'false') return text === 'true';
    throw refuse(`has ${JSON.stringify(flag)} under "${member}", not true or false`);
  };
  const isPinned = readFlag('pin', pin, false);
  const isPreloaded = readFlag('preload', preload, true) || isPinned;
  return { name, source: src, isPinned, isPreloaded };
}

type Refuse = (reason: string, cause?: unknown) => ServeError;

function assertName(name: string, refuse: Refuse): void {
  if (name.length > maximumNameCharacters)
    throw refuse(`has a name of ${name.length} characters, more than ${maximumNameCharacters}`);
  if (!name.isWellFormed()) throw refuse('has a name that is not Unicode');
}

function parseObject(body: Uint8Array, refuse: Refuse): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw refuse('is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null) throw refuse('is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function readQuery(target: string): URLSearchParams {
  return new URLSearchParams(target.slice(target.indexOf('?') + 1 || target.length));
}

/** Which page of a list a request asks for. */
export interface ListQuery {
  readonly limit: number;
  /** The number of the last item of the page before; 0 for the first page. */
  readonly after: number;
}

/** Reads the query string of GET /models or GET /adapters. @throws ServeError with the code */
export function readListQuery(target: string, code: RequestErrorCode): ListQuery {
  const query = readQuery(target);
  const read = (name: string, most: number): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    const expectation =
      name === 'limit' ? `expected a whole number from 1 to ${most}` : 'send what the page before ended with';
    throw new ServeError(code, `${name} is ${JSON.stringify(text)}: ${expectation}`);
  };
  const limit = read('limit', largestPage) ?? usualPage;
  return { limit, after: read('next_page_token', Number.MAX_SAFE_INTEGER) ?? 0 };
}
