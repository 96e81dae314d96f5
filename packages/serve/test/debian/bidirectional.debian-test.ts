/** Chromium's own WebSocket, which is stricter than other clients. */

import { expect, onTestFinished, test } from 'vitest';
import { startReadyServer } from '../start-server.ts';
import { openPage, startBrowser } from './start-browser.ts';

test('a page converses with the predictor, and learns why the connection closes', async () => {
  const { server } = await startReadyServer('bidirectional');
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  const { page } = await openPage(browser);
  await page.goto(`${server.url}/ping`);

  const heard = await page.evaluate(async (url) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/invocations-bidirectional-stream`);
    socket.binaryType = 'arraybuffer';
    const messages: unknown[] = [];
    socket.onmessage = ({ data }) => {
      messages.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
      socket.send('refuse');
    };
    socket.onopen = () => socket.send(new Uint8Array([1, 255]));
    const { code, reason } = await new Promise<{ readonly code: number; readonly reason: string }>(
      (resolve) => {
        socket.onclose = resolve;
      },
    );
    return { messages, code, reason };
  }, server.url);

  expect(heard).toEqual({
    messages: [[1, 255]],
    code: 1007,
    reason: 'INPUT_INVALID: the turn has no question',
  });
});
