/** Bodies as large as asynchronous inference sends them: bytes as they come, and lines part by part. */

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

const mebibyte = 1024 ** 2;
const bytes = { 'content-type': 'application/octet-stream', accept: 'application/json' };
const csv = { 'content-type': 'text/csv' };

async function startWithDisk(fixture: string, isolation: 'worker' | 'inline' | 'process' = 'inline') {
  const directory = await mkdtemp(join(tmpdir(), 'optml-spill-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const limits = { spill: { directory, aboveBytes: mebibyte } };
  return { directory, ...(await startReadyServer(fixture, { isolation, limits, hosting: 'asynchronous' })) };
}

test.each(['worker', 'process', 'inline'] as const)(
  'bytes come as a stream, from disk or not, and leave nothing behind (%s)',
  async (isolation) => {
    const { directory, invoke } = await startWithDisk('digests', isolation);
    const large = randomBytes(5 * mebibyte + 1);
    const digest = (body: Uint8Array) => createHash('sha1').update(body).digest('hex');

    const fromDisk = await invoke(large, bytes);
    const fromMemory = await invoke(large.subarray(0, 7), bytes);
    const echo = await invoke(large, {
      ...bytes,
      accept: 'application/octet-stream',
      'x-amzn-sagemaker-custom-attributes': 'echo',
    });
    const empty = await invoke('', bytes);

    expect(await fromDisk.json()).toEqual({ predictions: [large.length, 6, digest(large)] });
    expect(await fromMemory.json()).toEqual({ predictions: [7, 1, digest(large.subarray(0, 7))] });
    // An asynchronous endpoint refuses what has no length.
    expect(echo.headers.get('content-length')).toBe(String(large.length));
    expect(digest(new Uint8Array(await echo.arrayBuffer()))).toBe(digest(large));
    expect(empty.status).toBe(204);
    while ((await readdir(directory)).length > 0);
  },
);

test('the predictor and the command of the page digest a file', async () => {
  const page = await readFile(new URL('../../../docs/serving.md', import.meta.url), 'utf8');
  const section = /^## Asynchronous inference$(.*?)^## /ms.exec(page)?.[1] ?? '';
  const readBlock = (language: string) => section.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';
  const fixture = await readFile(new URL('./fixtures/byte-digests.ts', import.meta.url), 'utf8');
  const { directory, server } = await startWithDisk('byte-digests');
  const body = randomBytes(3 * mebibyte);
  await writeFile(join(directory, 'video.mp4'), body);
  const command = readBlock('sh').replace('http://127.0.0.1:8080', server.url);

  const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: directory });
  const rows = await fetch(`${server.url}/invocations`, { method: 'POST', headers: csv, body: '1,2\n' });

  expect(fixture.slice(fixture.indexOf('import'))).toBe(readBlock('ts').replace('// src/predictor.ts\n', ''));
  const digest = createHash('sha256').update(body).digest('hex');
  expect(JSON.parse(stdout)).toEqual({ bytes: body.length, digest });
  expect([rows.status, await rows.text()]).toEqual([400, expect.stringContaining('expected bytes: send')]);
});

test('what is not bytes comes as ever to a predictor of streams', async () => {
  const { invoke } = await startWithDisk('digests');

  const reply = await invoke('[1]', { 'content-type': 'application/json' });

  expect(reply.status).toBe(400);
  expect(await reply.text()).toContain('expected a stream of bytes');
});

test('a large body of lines is answered line by line, and a small one in any type', async () => {
  const { directory, invoke } = await startWithDisk('transforms');
  const rows = 27_000;
  const large = Array.from({ length: rows }, (_, row) => `${row},${'x'.repeat(1_000)}\n`).join('');

  const lines = await invoke(large, csv);
  const small = await invoke('1,2\n', { ...csv, accept: 'application/json' });

  const text = await lines.text();
  const records = text.split('\n');
  expect(lines.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
  expect(large.length).toBeGreaterThan(25 * mebibyte);
  expect([lines.status, lines.headers.get('content-type'), records.length]).toEqual([
    200,
    'text/csv',
    rows + 1,
  ]);
  expect(records.findIndex((record, row) => record !== `${row},2`)).toBe(rows);
  expect(await small.json()).toEqual({ predictions: [[1, 2]] });
  expect(await readdir(directory)).toEqual([]);
});

test('a large body of lines whose answer is not to be in lines is read whole', async () => {
  const { invoke } = await startWithDisk('digest-rows');
  const rows = 27_000;
  const large = `${'123456789,'.repeat(100)}1\n`.repeat(rows);

  const reply = await invoke(large, { ...csv, accept: 'application/json' });

  expect([reply.status, await reply.json()]).toEqual([200, { predictions: [rows] }]);
});

test('a stream that fails in the middle is an ordinary error, for nothing of it was sent', async () => {
  const { server, directory, invoke, lines } = await startWithDisk('streams');

  const reply = await invoke('["fail", "3"]', { 'content-type': 'application/json' });
  const whole = await invoke('["count", "3"]', { 'content-type': 'application/json' });

  expect([reply.status, await reply.json()]).toEqual([
    500,
    { error: { code: 'PREDICTOR_FAILED', message: 'the predictor failed: the tree has no leaves' } },
  ]);
  expect(lines.filter(({ fields }) => fields.code !== undefined)).toHaveLength(1);
  expect([whole.status, whole.headers.has('content-length')]).toEqual([200, true]);
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('{code="PREDICTOR_FAILED"} 1');
  expect(await readdir(directory)).toEqual([]);
});

test('a streamed chat completion has its length, too, or is an ordinary error', async () => {
  const { invoke } = await startWithDisk('chat-alone');
  const ask = (content: string) =>
    invoke(JSON.stringify({ stream: true, messages: [{ role: 'user', content }] }));

  const [whole, late] = [await ask('words a b'), await ask('late')];

  expect(Number(whole.headers.get('content-length'))).toBe((await whole.text()).length);
  expect([late.status, await late.json()]).toMatchObject([
    500,
    { error: { type: 'server_error', message: 'the predictor failed: the task was to fail late' } },
  ]);
});

test('a large body with a bad line is an ordinary error that names it', async () => {
  const { invoke } = await startWithDisk('transforms');
  const large = Array.from(
    { length: 27_000 },
    (_, row) => `${row},${'x'.repeat(1_000)}${row === 20_000 ? ',1' : ''}\n`,
  );

  const reply = await invoke(large.join(''), csv);

  expect(reply.status).toBe(400);
  expect(await reply.json()).toMatchObject({
    error: {
      code: 'CSV_RAGGED',
      record: 20_000,
      message: expect.stringMatching(/^record 20000 \(from zero\), line 20001: /),
    },
  });
});
