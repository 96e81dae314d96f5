import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { guardAnswer } from './guard-answer.ts';

test.each([
  [
    'at once',
    () => {
      throw new TypeError('a mistake');
    },
  ],
  ['later', () => Promise.reject(new TypeError('a mistake'))],
])('a mistake in what answers a request is answered and logged (%s)', async (_, answer) => {
  const errors: unknown[] = [];
  const log = { ...console, error: (...words: readonly unknown[]) => void errors.push(words) };
  const server = createServer((_request, response) => guardAnswer(response, log, answer)).listen(0);
  onTestFinished(() => void server.close());

  const { port } = server.address() as AddressInfo;
  const replies = [await fetch(`http://127.0.0.1:${port}`), await fetch(`http://127.0.0.1:${port}`)];

  expect(replies.map(({ status }) => status)).toEqual([500, 500]);
  expect(await replies[0]?.json()).toMatchObject({ error: { code: 'INTERNAL' } });
  expect(errors[0]).toEqual([
    'an invocation failed',
    expect.objectContaining({ reason: 'a mistake', stack: expect.stringContaining('guard-answer.test.ts') }),
  ]);
});
