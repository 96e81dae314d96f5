/**
 * Stands in front of servers that come and go: each request goes, on a connection of its own, to the one that is current
 * when it arrives. A client's connection outlives the servers, so that none is closed under a request.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where requests go. */
interface Target {
  readonly port: number;
}

/** A front that listens. */
export interface Front {
  readonly url: string;
  /**
   * Sends all further requests to `target`, or answers them with 503 and a reason; resolves when those that went to the
   * one before have their answers.
   */
  switchTo(target: Target | { readonly reason: string }): Promise<void>;
  /** Takes no more requests; resolves when all have their answers. */
  close(): Promise<void>;
}

/** Listens on `port`; 0 for a free one. Rejects with Node's error. */
export async function openFront(port: number): Promise<Front> {
  let current: Target | { readonly reason: string } = { reason: 'the server is starting' };
  let inFlight = createCount();
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    if ('reason' in current) return refuse(outgoing, 503, current.reason);
    outgoing.once('close', inFlight.add());
    passOn(incoming, outgoing, current.port);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    switchTo(target) {
      const before = inFlight;
      current = target;
      inFlight = createCount();
      return before.settled();
    },
    async close() {
      server.close();
      server.closeIdleConnections();
      await Promise.all([once(server, 'close'), inFlight.settled()]);
    },
  };
}

/** Counts what goes on. */
function createCount() {
  let count = 0;
  let onSettled = () => {};
  return {
    /** Gives what takes it off again. */
    add() {
      count += 1;
      return () => {
        count -= 1;
        if (count === 0) onSettled();
      };
    },
    settled: () =>
      new Promise<void>((resolve) => {
        onSettled = resolve;
        if (count === 0) resolve();
      }),
  };
}

/** These speak of one connection, and here are two. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'upgrade']);

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const { method, url: path, rawHeaders } = incoming;
  const headers = keepHeaders(rawHeaders);
  const length = incoming.headers['content-length'];
  const hasBody = length !== undefined || incoming.headers['transfer-encoding'] !== undefined;
  if (hasBody && length === undefined) headers.push('transfer-encoding', 'chunked');
  const options = { host: '127.0.0.1', port, method, path, headers, agent: false as const };
  const forwarded = request(options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, keepHeaders(answer.rawHeaders));
    answer.once('error', () => outgoing.destroy()).pipe(outgoing);
  });
  forwarded.once('error', ({ message }) => {
    if (outgoing.headersSent) outgoing.destroy();
    else refuse(outgoing, 502, `the server did not answer: ${message}`);
  });
  // A client that leaves is no longer waited for.
  outgoing.once('close', () => forwarded.destroy());
  if (hasBody) incoming.pipe(forwarded);
  else forwarded.end();
}

function keepHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    if (!ofConnection.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

function refuse(outgoing: ServerResponse, status: number, message: string): void {
  outgoing
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: { message } }));
}
