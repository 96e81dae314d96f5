/** One HTTP request, with the answer's bytes as the server sent them: nothing is decompressed, nothing followed. */

import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
  /** Default: a connection of its own, so that no idle one keeps a server from closing. */
  readonly agent?: Agent;
}

/** The head of the answer, and its body as a stream. */
export interface HttpReply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** Must be read or destroyed. */
  readonly body: IncomingMessage;
}

/** Sends a request. Rejects with Node's error. */
export function sendHttpRequest(
  url: URL,
  { method, headers = {}, body, signal, agent }: HttpRequest,
): Promise<HttpReply> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const length = body === undefined ? {} : { 'content-length': String(body.byteLength) };
  return new Promise((resolve, reject) => {
    request(url, { method, headers: { ...headers, ...length }, agent: agent ?? false, signal })
      .once('error', reject)
      .once('response', (message) => {
        const { statusCode = 0, statusMessage = '' } = message;
        resolve({ status: statusCode, statusText: statusMessage, headers: message.headers, body: message });
      })
      .end(body);
  });
}
