/** The type of replies to requests that leave it open. */

import { expect, test } from 'vitest';
import { startReadyServer, startServer } from './start-server.ts';

const csv = 'text/csv';
const rows = '[[1,2]]';

test.each([
  ['text/csv', 'sums', csv, '3\n'],
  ['csv', 'sums', csv, '3\n'],
  ['Text/CSV; charset=utf-8', 'sums', csv, '3\n'],
  ['application/x-jsonlines', 'sums', 'application/x-jsonlines', '3\n'],
  ['application/x-base36', 'own-codecs', 'application/x-base36', '11\n'],
  ['application/x-parquet', 'hooks-accept', 'application/x-parquet', 'application/x-parquet'],
  ['npy', 'hooks-accept', 'application/x-npy', 'application/x-npy'],
])('the default type %s is used (%s)', async (defaultAccept, fixture, type, body) => {
  const { invoke } = await startReadyServer(fixture, { isolation: 'inline', defaultAccept });
  const sent = { sums: rows, 'own-codecs': '[36]' }[fixture] ?? '1';
  const contentType = sent === '1' ? csv : 'application/json';

  const reply = await invoke(sent, { 'content-type': contentType, accept: '*/*' });

  expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, type, body]);
});

test('a default type that a range holds is used', async () => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline', defaultAccept: 'image/png' });

  const reply = await invoke(Uint8Array.of(1), { 'content-type': 'application/octet-stream' });

  expect(reply.headers.get('content-type')).toBe('image/png');
});

test.each([
  ['application/x-parquet', 'failing-load', 'worker'],
  ['application/x-parquet', 'hooks-minimal', 'inline'],
  ['text/csv, application/json', 'sums', 'inline'],
  ['*/*', 'hooks-accept', 'inline'],
  ['text/*', 'sums', 'inline'],
  ['', 'sums', 'inline'],
  ['pickle', 'hooks-accept', 'worker'],
] as const)(
  'the default type %j ends the start before the model is loaded (%s, %s)',
  async (defaultAccept, fixture, isolation) => {
    const { server } = await startServer(fixture, { isolation, defaultAccept });

    await expect(server.ready()).rejects.toMatchObject({
      code: 'DEFAULT_ACCEPT_INVALID',
      message: expect.stringMatching(
        /^defaultAccept is ".*": expected one media type that the predictor writes: (?:text\/plain, )?text\/csv, application\/json/,
      ),
    });
  },
);
