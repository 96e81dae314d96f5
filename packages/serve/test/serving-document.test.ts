/** The tables of docs/serving.md, held against a server. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

const document = readFileSync(new URL('../../../docs/serving.md', import.meta.url), 'utf8');

/** Gives the first cells of the table that begins with this header. */
function readFirstCells(header: string): readonly string[] {
  const [, table = ''] = document.split(`\n| ${header} |`);
  const lines = table.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return lines.map((line) => line.split('|')[1]?.trim() ?? '');
}

test('the content types of the table are those that a server reads', async () => {
  const { server, invoke } = await startReadyServer('sums');
  const named = readFirstCells('request | instances').flatMap((cell) => [...cell.matchAll(/`([a-z]\S+)`/g)]);
  const documented = named
    .map(([, name = '']) => name)
    .filter((name) => name !== 'codecs')
    .map((name) => (name.includes('/') ? name : `application/${name}`));

  const openApi = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    readonly paths: {
      readonly '/invocations': { readonly post: { readonly requestBody: { readonly content: object } } };
    };
  };

  // One name of each, others than which the table has, too.
  const read = Object.keys(openApi.paths['/invocations'].post.requestBody.content);
  expect(documented).toEqual(expect.arrayContaining(read));
  for (const type of documented) {
    const reply = await invoke('1', { 'content-type': type.replace('*', 'png') });

    expect([type, reply.status]).not.toEqual([type, 415]);
    await reply.arrayBuffer();
  }
});

test('each status of the table is given, and none of them for another reason', async () => {
  const { invoke } = await startReadyServer('sums', { limits: { bodyBytes: 1_000 } });
  const csv = { 'content-type': 'text/csv' };
  const json = { 'content-type': 'application/json' };
  const requests: readonly (readonly [status: number, body: string, headers: Record<string, string>])[] = [
    [200, '1,2\n', csv],
    [204, '', csv],
    [400, '"1', csv],
    [400, '[["a"]]', json],
    [400, '1\n', { ...csv, 'x-amzn-sagemaker-custom-attributes': 'é' }],
    [406, '1\n', { ...csv, accept: 'video/mp4' }],
    [413, '1'.repeat(1_001), csv],
    [413, '0 4294967294:1\n', { 'content-type': 'text/libsvm' }],
    [415, '1\n', { 'content-type': 'video/mp4' }],
    [415, '1\n', { 'content-type': 'text/csv; charset=klingon' }],
    [415, '1\n', { ...csv, 'content-encoding': 'gzip' }],
  ];

  for (const [status, body, headers] of requests) {
    const reply = await invoke(body, headers);

    expect([body.slice(0, 20), headers, reply.status]).toEqual([body.slice(0, 20), headers, status]);
    await reply.arrayBuffer();
  }
  const given = [...new Set(requests.map(([status]) => String(status)))];
  expect(readFirstCells('status')).toEqual(given);
});
