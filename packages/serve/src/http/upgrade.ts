/** Requests that ask for another protocol: what becomes a WebSocket connection, and what is answered as any other request. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import process from 'node:process';
import type { Duplex } from 'node:stream';
import { withFields } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { bidirectionalPath, type ConversationTerms } from '../invocation/conversation.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { RequestHead } from '../invocation/invocation.ts';
import type { InvocationRecord } from '../observability/invocation-record.ts';
import { createEarlyLeaveError } from './connection-errors.ts';
import { readPath } from './read-path.ts';
import { assertCustomAttributes, customAttributesHeader, readRequestHead } from './read-request-head.ts';
import type { UpgradeOptions, UpgradeRequest } from './upgrade-request.ts';
import { writeReply } from './write-reply.ts';

const pathHeader = 'x-amzn-sagemaker-model-invocation-path';
const queryHeader = 'x-amzn-sagemaker-model-query-string';
const requestIdHeader = 'x-amzn-sagemaker-request-id';
const inferenceIdHeader = 'x-amzn-sagemaker-inference-id';

/**
 * Opens a connection, or answers with an error; a request for anything else is answered as if it had not asked for another
 * protocol, and is given back with false.
 */
export function answerUpgrade(
  upgrade: UpgradeRequest,
  { server, options }: { readonly server: Server; readonly options: UpgradeOptions | undefined },
): boolean {
  if (options === undefined || !isConnection(upgrade, options)) {
    answerWithoutUpgrade(server, upgrade);
    return false;
  }
  void open(upgrade, options);
  return true;
}

function isConnection({ request: { url = '', headers } }: UpgradeRequest, options: UpgradeOptions): boolean {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return false;
  const path = readPath(url);
  return path === bidirectionalPath || findTerms(options)?.paths.includes(path) === true;
}

/** Never rejects. */
async function open(upgrade: UpgradeRequest, options: UpgradeOptions): Promise<void> {
  const { request, socket } = upgrade;
  const requestHead = readConversationHead(request);
  const record = options.observe(request, requestHead, readPath(request.url ?? ''));
  try {
    assertPath(requestHead, assertOpenable(request, requestHead, options));
    const { openConnection } = await import('./web-socket-connection.ts');
    if (socket.destroyed) throw createEarlyLeaveError();
    assertNotClosing(options);
    openConnection(upgrade, { ...options, requestHead, record });
  } catch (error) {
    refuse(error, socket, { head: requestHead, record, options });
  }
}

function findTerms({ getModel }: UpgradeOptions): ConversationTerms | undefined {
  try {
    return getModel().conversationTerms;
  } catch {
    return undefined;
  }
}

/** The platform names a connection by a request id of its own, and may write the query into the address. */
function readConversationHead({ headers, url = '' }: IncomingMessage): RequestHead {
  const [, query] = /\?([^#]*)/.exec(url) ?? [];
  const inferenceId = headers[inferenceIdHeader] ?? headers[requestIdHeader];
  return readRequestHead({
    ...(inferenceId !== undefined && { [inferenceIdHeader]: inferenceId }),
    ...(query !== undefined && { [queryHeader]: query }),
    ...headers,
  });
}

function assertOpenable(
  request: IncomingMessage,
  head: RequestHead,
  options: UpgradeOptions,
): ConversationTerms {
  if (request.method !== 'GET') {
    const message = `a WebSocket connection is opened by GET, and not by ${request.method}`;
    throw new ServeError('METHOD_NOT_ALLOWED', message);
  }
  assertNotClosing(options);
  const { conversationTerms } = options.getModel();
  if (conversationTerms === undefined) {
    const message =
      'the predictor takes no WebSocket connections: write predictBidirectional, or use POST /invocations';
    throw new ServeError('ROUTE_NOT_FOUND', message);
  }
  assertCustomAttributes(head);
  assertStateless(head);
  assertHandshake(request);
  return conversationTerms;
}

function assertNotClosing({ isClosing }: UpgradeOptions): void {
  if (!isClosing()) return;
  const message = 'the server is closing: open the connection again, to another instance';
  throw new ServeError('SERVER_CLOSED', message);
}

/**
 * A connection is a state of its own, in the one model: what names another would be left out in silence. It does not come
 * from the platform. Source: `InvokeEndpointWithBidirectionalStream`, which has no `SessionId` and no inference component.
 */
function assertStateless({ headers }: RequestHead): void {
  for (const [header, what] of [
    ['X-Amzn-SageMaker-Session-Id', 'a session'],
    ['X-Amzn-SageMaker-Adapter-Identifier', 'an adapter'],
  ] as const) {
    const value = headers[header.toLowerCase()];
    if (value === undefined) continue;
    const message = `opening a WebSocket connection: the header ${header} names ${what}, ${JSON.stringify(value)}, and connections have none: leave it out, or use POST /invocations`;
    throw new ServeError('WEBSOCKET_INVALID', message);
  }
}

const keyPattern = /^[+/0-9A-Za-z]{22}==$/;
const protocolsPattern = /^[!#$%&'*+.^_`|~\w-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~\w-]+)*$/;

function assertHandshake(request: IncomingMessage): void {
  const fault = findHandshakeFault(request);
  if (fault !== undefined)
    throw new ServeError('WEBSOCKET_INVALID', `opening a WebSocket connection: ${fault}`);
}

/** What `ws` would refuse, in text, after the predictor had been asked, and what it would take. Source: RFC 6455, 4.2.1. */
function findHandshakeFault({ headers, httpVersion }: IncomingMessage): string | undefined {
  const { host, 'sec-websocket-version': version, 'sec-websocket-key': key } = headers;
  const protocols = headers['sec-websocket-protocol'];
  if (httpVersion === '1.0') return 'the request is of HTTP/1.0: use HTTP/1.1';
  if (host === undefined) return 'Host is not set: send the name of the server';
  // Its bytes would be taken for frames.
  if ((headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined)
    return 'the request has a body: leave it out';
  if (version !== '13' && version !== '8') return `Sec-WebSocket-Version is ${version ?? 'not set'}: use 13`;
  if (key === undefined || !keyPattern.test(key))
    return `Sec-WebSocket-Key is ${key ?? 'not set'}: send 16 bytes in base64`;
  if (protocols !== undefined && !isProtocolList(protocols))
    return `Sec-WebSocket-Protocol is ${protocols}: separate names, each of them once, by commas`;
  return undefined;
}

function isProtocolList(protocols: string): boolean {
  const names = protocols.split(',').map((name) => name.trim());
  return protocolsPattern.test(protocols) && new Set(names).size === names.length;
}

/** The platform passes on the path that a client asks for, without its slash. */
function assertPath({ headers }: RequestHead, { paths }: ConversationTerms): void {
  const asked = headers[pathHeader];
  if (asked === undefined) return;
  const allowed = [bidirectionalPath, ...paths];
  if (allowed.includes(readPath(asked.startsWith('/') ? asked : `/${asked}`))) return;
  const message = `the header X-Amzn-SageMaker-Model-Invocation-Path names ${JSON.stringify(asked)}, where the predictor takes no connections: use ${allowed.join(', ')}, or list the path in bidirectionalPaths`;
  throw new ServeError('ROUTE_NOT_ALLOWED', message);
}

/** How long a client has to read why it is refused. */
const lingerMs = 2_000;

/** Answers with an ordinary HTTP error: the protocol has not changed yet. */
function refuse(
  error: unknown,
  socket: Duplex,
  {
    head,
    record,
    options: { sheds, log },
  }: {
    readonly head: RequestHead;
    readonly record: InvocationRecord | undefined;
    readonly options: UpgradeOptions;
  },
): void {
  const { requestId, customAttributes } = head;
  if (!sheds.take(error, requestId)) reportFailure(error, withFields(log, { requestId }), socket.destroyed);
  const reply = createErrorReply(error, { [customAttributesHeader]: customAttributes });
  const headers = {
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body as string),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  socket.end(`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}\r\n${lines.join('')}\r\n${reply.body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer)).resume();
  record?.end(reply, performance.now());
}

/**
 * Answers a request as if it had not asked for another protocol, which a server may always do: a client of HTTP/2 asks
 * for that with an ordinary invocation. Node has let go of the connection by then, so the request is put back in front
 * of it. Source: RFC 9110, 7.8.
 */
function answerWithoutUpgrade(server: Server, { request, socket, head }: UpgradeRequest): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!/^upgrade$/i.test(rawHeaders[index] as string))
      lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/** Answers a request for the path of connections that does not ask for one. */
export function answerUpgradeRequired(response: ServerResponse): void {
  const message = `${bidirectionalPath} takes WebSocket connections only: open one`;
  const headers = { upgrade: 'websocket' };
  writeReply(response, createErrorReply(new ServeError('UPGRADE_REQUIRED', message), headers));
}
