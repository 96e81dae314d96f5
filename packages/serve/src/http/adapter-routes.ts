/**
 * Answers `/adapters`, where the platform loads and unloads adapters of an inference component.
 *
 * Source: aws/model-hosting-container-standards, `sagemaker/lora`; the adapters API of DJL Serving, of which it is a part.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@optml/contract/log';
import type { ServeError } from '../errors/errors.ts';
import type { AdapterList, ListedAdapter } from '../model/model-handle.ts';
import { readAdapterName, readAdapterRequest, readListQuery } from '../models/read-model-request.ts';
import type { Admission } from './admission.ts';
import { answerFailure, answerJson, type Exchange, receiveBytes, takePage } from './management-requests.ts';
import { refuseMethod } from './refuse-method.ts';

export interface AdapterRouteOptions {
  /** Throws the reason when there are none. */
  getAdapters(): AdapterList;
  readonly admission: Admission;
  isClosing(): boolean;
  readonly log: Log;
}

/** Answers one request; never throws. */
export function answerAdapters(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { getAdapters, admission, isClosing, log }: AdapterRouteOptions,
): void {
  const exchange = { request, response, isClosing };
  try {
    const adapters = getAdapters();
    const name = readAdapterName(path);
    if (name !== undefined) answerAdapter(adapters, name, exchange, log);
    else if (request.method === 'POST')
      receiveBytes(exchange, admission, (body) => load(body, { adapters, exchange, log }));
    else if (!refuseMethod('/adapters', request, response, ['GET', 'HEAD', 'POST']))
      answerList(adapters, exchange);
  } catch (error) {
    answerFailure(error, exchange);
  }
}

async function load(
  body: Uint8Array,
  {
    adapters,
    exchange,
    log,
  }: { readonly adapters: AdapterList; readonly exchange: Exchange; readonly log: Log },
): Promise<void> {
  const startedMs = performance.now();
  const source = readAdapterRequest(body, exchange.request.url ?? '');
  const { name: adapter, source: src } = source;
  try {
    await adapters.load(source);
    log.info('an adapter is loaded', { adapter, src, ms: Math.round(performance.now() - startedMs) });
    answerJson(exchange, { status: `Adapter ${adapter} registered` });
  } catch (error) {
    const { code, message: reason } = error as ServeError;
    log.warn('an adapter was not loaded', { adapter, src, code, reason });
    throw error;
  }
}

function answerAdapter(adapters: AdapterList, name: string, exchange: Exchange, log: Log): void {
  const { request, response } = exchange;
  if (refuseMethod('/adapters/{name}', request, response, ['GET', 'HEAD', 'DELETE'])) return;
  if (request.method !== 'DELETE') {
    answerJson(exchange, [describeAdapter(adapters.find(name))]);
    return;
  }
  const unload = async () => {
    await adapters.unload(name);
    log.info('an adapter is unloaded', { adapter: name });
    answerJson(exchange, { status: `Adapter ${name} unregistered` });
  };
  unload().catch((error) => answerFailure(error, exchange));
}

function answerList(adapters: AdapterList, exchange: Exchange): void {
  const query = readListQuery(exchange.request.url ?? '', 'ADAPTER_REQUEST_INVALID');
  const { page, nextPageToken } = takePage(adapters.list(), query);
  answerJson(exchange, { adapters: page.map(describeAdapter), nextPageToken });
}

function describeAdapter({ name, source, isPinned }: ListedAdapter) {
  return { name, src: source, pin: isPinned };
}
