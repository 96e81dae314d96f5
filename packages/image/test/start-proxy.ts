/** A proxy on this machine that knows where test hosts are: it forwards plain requests, and answers CONNECT as it is told. */

import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy, and what it was asked for. */
export interface TestProxy {
  /** As variables have it. */
  readonly url: string;
  /** `METHOD target`, with the login that came along. */
  readonly requests: string[];
  /** What came through tunnels. */
  readonly tunnelled: Buffer[];
}

/** Starts a proxy that sends every plain request on to `origin`, and refuses tunnels with `refusal` where it is given. */
export async function startProxy(origin: string, refusal?: string): Promise<TestProxy> {
  const requests: string[] = [];
  const tunnelled: Buffer[] = [];
  const login = (header: string | undefined) =>
    header === undefined ? '' : ` ${Buffer.from(header.replace('Basic ', ''), 'base64')}`;
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}${login(incoming.headers['proxy-authorization'])}`);
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const onward = request(new URL(pathname + search, origin), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket: Socket) => {
    requests.push(`CONNECT ${incoming.url}${login(incoming.headers['proxy-authorization'])}`);
    socket.on('error', () => {});
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.once('data', (bytes) => {
      tunnelled.push(bytes);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    tunnelled,
  };
}
