/** One HTTP request, its body streamed, and the head of its answer. Knows nothing about registries. */

import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connections } from './proxy.ts';

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Opened once; its length stands in the headers. */
  readonly body?: (() => AsyncIterable<Uint8Array>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long no byte may move. */
  readonly idleTimeoutMs: number;
}

/** What came back; its body must be read or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
  /** Where it came from. */
  readonly url: URL;
}

/**
 * Sends a request and resolves with the head of the answer, also when that comes before the body has been sent.
 * Rejects with the error of the connection, of the body or of the signal.
 */
export async function sendRequest(request: HttpRequest, connections: Connections): Promise<HttpAnswer> {
  const { method, url, headers, body, signal, idleTimeoutMs } = request;
  const isPlain = url.protocol === 'http:';
  const outgoing = (isPlain ? http : https).request(url, {
    method,
    headers: { 'user-agent': 'optml', ...headers },
    agent: isPlain ? connections.http : connections.https,
    timeout: idleTimeoutMs,
    signal,
  });
  outgoing.on('timeout', () => {
    const message = `no byte moved for ${idleTimeoutMs} ms`;
    outgoing.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.once('close', () =>
      reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })),
    );
  });
  if (body === undefined) outgoing.end();
  else await Promise.race([answered, sendBody(body(), outgoing)]);
  const incoming = await answered;
  if (body !== undefined) endBody(outgoing);
  // The reader of the body gets its errors; nobody else must be hit by them.
  incoming.on('error', () => {});
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming, url };
}

/** Rejects for an error of the source; one of the connection is told by the answer that never comes. */
async function sendBody(source: AsyncIterable<Uint8Array>, outgoing: http.ClientRequest): Promise<void> {
  let failure: unknown;
  const watched = async function* () {
    try {
      yield* source;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  await pipeline(Readable.from(watched(), { objectMode: false }), outgoing).catch(() => {});
  if (failure !== undefined) throw failure;
}

/** A server that answers early wants no more of the body. */
function endBody(outgoing: http.ClientRequest): void {
  if (!outgoing.writableFinished) outgoing.once('error', () => {}).destroy();
}
