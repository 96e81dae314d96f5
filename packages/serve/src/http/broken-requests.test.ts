import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Log } from '@optml/contract/log';
import { expect, onTestFinished, test } from 'vitest';
import { answerUnreadable } from './broken-requests.ts';

test('headers that come too slowly are answered with what to do, and the log says it, too', async () => {
  const warnings: unknown[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn: (_message, fields) => void warnings.push(fields?.code),
    error() {},
  };
  const server = createServer({ headersTimeout: 20, requestTimeout: 20, connectionsCheckingInterval: 10 });
  server.on('clientError', (error, socket) => answerUnreadable(error, socket, log));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());

  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('POST /invocations HTTP/1.1\r\nhost: x\r\n');
  const answer = await text(socket);

  expect(answer).toMatch(
    /^HTTP\/1.1 408 Request Timeout\r\n.*\r\n\r\n\{"error":\{"code":"HEADERS_TOO_SLOW","message":"the headers did not arrive in time: send them at once"\}\}$/s,
  );
  expect(warnings).toEqual(['HEADERS_TOO_SLOW']);
});
