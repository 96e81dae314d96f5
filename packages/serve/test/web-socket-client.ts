/** Clients of WebSocket connections: one of the package `ws`, and one that shows frames as they are. */

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

const bidirectionalPath = '/invocations-bidirectional-stream';

interface Connection {
  readonly socket: WebSocket;
  send(message: string | Uint8Array): void;
  /** The next message: text as a string. */
  next(): Promise<string | Uint8Array>;
  /** What it was closed with. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
}

/** Opens a connection and waits for it; rejects with the answer of a server that refuses. */
export async function connect(
  url: string,
  { path = bidirectionalPath, ...options }: ClientOptions & { readonly path?: string } = {},
): Promise<Connection> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, options);
  onTestFinished(() => socket.terminate());
  const messages: (string | Uint8Array)[] = [];
  const waiting: ((message: string | Uint8Array) => void)[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    const message = isBinary ? new Uint8Array(data) : data.toString();
    const take = waiting.shift();
    if (take === undefined) messages.push(message);
    else take(message);
  });
  const closed = new Promise<readonly [number, string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, reason.toString()]));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on('open', resolve);
  socket.on('error', reject);
  socket.on('unexpected-response', async (_request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(chunk);
    const { error } = JSON.parse(Buffer.concat(chunks).toString());
    reject(Object.assign(new Error(error.message), { status: reply.statusCode, code: error.code }));
  });
  await promise;
  return {
    socket,
    send: (message) => socket.send(message),
    next: async () => messages.shift() ?? (await new Promise((take) => waiting.push(take))),
    closed,
  };
}

interface Frame {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Opens a connection by hand: gives frames one by one, and sends bytes as they are. */
export async function connectRaw(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(
    `GET ${bidirectionalPath} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  );
  let bytes = Buffer.alloc(0);
  const fill = async () => {
    const [chunk] = await once(socket, 'data');
    bytes = Buffer.concat([bytes, chunk]);
  };
  while (!bytes.includes('\r\n\r\n')) await fill();
  bytes = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  return {
    socket,
    /** With a mask of zeros. */
    sendFrame(first: number, payload: string | Uint8Array): void {
      const body = Buffer.from(payload as string);
      socket.write(Buffer.concat([Buffer.from([first, 0x80 | body.byteLength, 0, 0, 0, 0]), body]));
    },
    async nextFrame(): Promise<Frame> {
      while (bytes.byteLength < 2 || bytes.byteLength < 2 + (bytes[1] as number)) await fill();
      const [first = 0, length = 0] = bytes;
      const payload = bytes.subarray(2, 2 + length);
      bytes = bytes.subarray(2 + length);
      return { isLast: first >= 0x80, opcode: first & 0x0f, payload };
    },
  };
}
