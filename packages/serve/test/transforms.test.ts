/** Bodies of any size in a batch transform job, as the platform sends them: in chunks, and perhaps wholly before it reads. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startReadyServer } from './start-server.ts';
import { readAll } from './stream-client.ts';

const csv = { 'content-type': 'text/csv' };

/** Sends a body in chunks, as long as the server takes them. */
async function transform(
  url: string,
  chunks: Iterable<string>,
  headers: Readonly<Record<string, string>> = csv,
): Promise<IncomingMessage> {
  const sent = request(`${url}/invocations`, { method: 'POST', headers });
  sent.on('error', () => undefined);
  void pipeline(Readable.from(chunks), sent).catch(() => undefined);
  const [reply] = await once(sent, 'response');
  return reply as IncomingMessage;
}

/** Makes a body of several parts of few rows. */
const filler = 'x'.repeat(90);

/** Makes so many rows, in chunks that end anywhere. */
function* makeRows(count: number, change: (row: number) => string = (row) => `${row},${filler},2\n`) {
  let text = '';
  for (let row = 0; row < count; row += 1) {
    text += change(row);
    if (text.length < 50_000) continue;
    yield text.slice(0, 49_999);
    text = text.slice(49_999);
  }
  yield text;
}

test.each(['inline', 'worker', 'process'] as const)(
  'each record of a large body is answered by one, in order (%s)',
  async (isolation) => {
    const workers = { count: 2 };
    const { server } = await startReadyServer('transforms', {
      isolation,
      workers,
      hosting: 'batch transform',
    });

    const reply = await transform(server.url, makeRows(40_000));
    const { text, isWhole } = await readAll(reply);

    const lines = text.split('\n');
    expect([reply.statusCode, reply.headers['content-type'], isWhole]).toEqual([200, 'text/csv', true]);
    expect([lines.length, lines.findIndex((line, row) => line !== `${row},3`)]).toEqual([40_001, 40_000]);
    // Each part counts, of which there are three at least.
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const counts = ['queue', 'decode', 'predict', 'encode'].map((step) =>
      Number(new RegExp(`optml_invocation_${step}_seconds_count (\\d+)`).exec(metrics)?.[1]),
    );
    expect(counts.every((count) => count >= 3 && count === counts[0])).toBe(true);
  },
);

test.each([
  ['a row with line ends in quotes', csv, ['"a\n', '\r\n""b",2\n3,4'], '"a\n\r\n""b",2\n3,2\n'],
  ['a quoted cell behind a byte order mark', csv, ['\ufeff"a\n', '",2\n3,4\n5,6'], '"a\n",2\n3,2\n5,2\n'],
  ['rows that end in carriage returns', csv, ['1,2\r3,4\r\n', '\n\n5,6\r'], '1,2\n3,2\n5,2\n'],
  [
    'JSON Lines with blank lines',
    { 'content-type': 'application/x-ndjson' },
    ['{"id":1}\n \r\n{"id"', ':2}\n\n'],
    '{"seen":1}\n{"seen":2}\n',
  ],
  [
    'an answer of another type',
    { ...csv, accept: 'application/jsonlines' },
    ['1,2\n3,4\n'],
    '[1,2]\n[3,2]\n',
  ],
])('%s is answered record by record', async (_, headers, chunks, expected) => {
  const { server } = await startReadyServer('transforms', {
    isolation: 'inline',
    hosting: 'batch transform',
  });

  const { text } = await readAll(await transform(server.url, chunks, headers));

  expect(text).toBe(expected);
});

test('an empty body has no records, and neither has its answer', async () => {
  const { server } = await startReadyServer('transforms', { hosting: 'batch transform' });

  expect((await transform(server.url, [])).statusCode).toBe(204);
});

test.each([
  [
    'a record that is not csv',
    csv,
    (row: number) => `"${row}\n",${filler}\n`,
    'x"y,"z" 1\n',
    'CSV_MALFORMED',
  ],
  [
    'a record without an answer',
    csv,
    (row: number) => `"${row}\n",${filler}\n`,
    'drop,1\n',
    'PREDICTION_INVALID',
  ],
  ['a record that fails', csv, (row: number) => `"${row}\n",${filler}\n`, 'throw,1\n', 'PREDICTOR_FAILED'],
  [
    'a record that the schema refuses',
    { 'content-type': 'application/jsonlines' },
    (row: number) => `{"id":${row},"text":"${filler}"}\n\n`,
    '{"id":"x"}\n',
    'INPUT_INVALID',
  ],
])('%s in the middle cuts the reply off, and is named in the log', async (_, headers, good, bad, code) => {
  const { server, lines } = await startReadyServer('transforms', { hosting: 'batch transform' });
  const rows = makeRows(30_000, (row) => (row === 20_000 ? bad : good(row)));

  const reply = await transform(server.url, rows, headers);
  const { isWhole } = await readAll(reply);

  const told = lines.filter(({ fields }) => fields.reason !== undefined);
  const line = told[0];
  expect([reply.statusCode, isWhole, told.map(({ fields }) => fields.code)]).toEqual([200, false, [code]]);
  // Where no record can be blamed, its part is named.
  const isBlamed = code === 'CSV_MALFORMED' || code === 'INPUT_INVALID';
  expect(line?.fields.reason).toMatch(
    isBlamed
      ? /^record 20000 \(from zero\), line 40001: /
      : /records 1\d{4} to \d{5} \(from zero\), from line [23]\d{4} on: /,
  );
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain(`{code="${code}"} 1`);
});

test('a bad record before the first byte is an ordinary error', async () => {
  const { server } = await startReadyServer('transforms', {
    isolation: 'inline',
    hosting: 'batch transform',
  });

  const reply = await transform(server.url, ['1,2\n"', 'x']);

  const { error } = JSON.parse((await readAll(reply)).text);
  expect([reply.statusCode, error.code, error.record]).toEqual([400, 'CSV_MALFORMED', 1]);
  expect(error.message).toMatch(/^record 1 \(from zero\), line 2: /);
});

test.each([1, 40_000])('a type that has no lines is refused, with what can be (%i rows)', async (count) => {
  const { server } = await startReadyServer('transforms', {
    isolation: 'inline',
    hosting: 'batch transform',
  });

  const reply = await transform(server.url, makeRows(count), { ...csv, accept: 'application/json' });

  const { error } = JSON.parse((await readAll(reply)).text);
  expect([reply.statusCode, error.message]).toEqual([406, expect.stringContaining('accept text/csv or')]);
});

test.each([
  ['wider', '1,2,3\n', '3 columns, expected 2'],
  ['narrower', '1\n', '1 column, expected 2'],
])('a row that is %s than those of the parts before is refused, with its line', async (_, other, reason) => {
  const { server, lines } = await startReadyServer('transforms', {
    isolation: 'inline',
    hosting: 'batch transform',
  });
  const headers = { ...csv, 'transfer-encoding': 'chunked' };
  const sent = request(`${server.url}/invocations`, { method: 'POST', headers });
  sent.on('error', () => undefined);
  // Rows of 16 bytes: the last of them makes the first part large enough.
  const rows = 2 ** 16;
  sent.write('123456789,12345\n'.repeat(rows - 1));
  sent.write('123456789,12345\n');
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];

  sent.end(other);
  const { isWhole } = await readAll(reply);

  const line = lines.findLast(({ fields }) => fields.reason !== undefined);
  expect([reply.statusCode, isWhole, line?.fields.code]).toEqual([200, false, 'CSV_RAGGED']);
  expect(line?.fields.reason).toMatch(
    new RegExp(`^record ${rows} \\(from zero\\), line ${rows + 1}: .*has ${reason} as `),
  );
});

test('a row of another width in the middle of a part is named by its line in the body', async () => {
  const { server, lines } = await startReadyServer('transforms', { hosting: 'batch transform' });
  const rows = makeRows(30_000, (row) => (row === 25_000 ? '1,2,3,4\n' : `${row},${filler},2\n`));

  await readAll(await transform(server.url, rows));

  const line = lines.findLast(({ fields }) => fields.reason !== undefined);
  expect(line?.fields.reason).toMatch(
    /^record 25000 \(from zero\), line 25001: line 25001 has 4 columns, expected 3 as on line 2\d{4}: /,
  );
});

test('a message counts records, lines and bytes from the beginning of the body', async () => {
  const { server, lines } = await startReadyServer('transforms', { hosting: 'batch transform' });
  // Of 100 bytes.
  const row = `${JSON.stringify({ id: 1, text: filler.slice(19) })}\n`.padStart(100);
  const send = async (last: Buffer, type: string) => {
    const headers = { 'content-type': type, 'transfer-encoding': 'chunked' };
    const sent = request(`${server.url}/invocations`, { method: 'POST', headers });
    sent.end(Buffer.concat([Buffer.from(row.repeat(25_000)), last]));
    const [reply] = (await once(sent, 'response')) as [IncomingMessage];
    await readAll(reply);
  };

  await send(Buffer.from([0xff]), 'application/jsonlines');
  await send(Buffer.from('{"id":"record 1, line 1"}'), 'application/jsonlines');

  expect(lines.flatMap(({ fields: { reason } }) => reason ?? [])).toEqual([
    expect.stringMatching(/^record 25000 \(from zero\), line 25001: .* byte 2500000 of the body/),
    expect.stringMatching(
      /^record 25000 \(from zero\), line 25001: instances\[25000\] is .*"record 1, line 1"/,
    ),
  ]);
});

test('a part that ends its worker is named', async () => {
  const { server } = await startReadyServer('transforms', { hosting: 'batch transform' });

  const reply = await transform(
    server.url,
    makeRows(5_000, (row) => (row === 9 ? 'exit,1\n' : 'a,1\n'.padEnd(100, '\n'))),
  );

  const { error } = JSON.parse((await readAll(reply)).text);
  expect([reply.statusCode, error.code, error.message]).toEqual([
    500,
    'WORKER_EXITED',
    expect.stringMatching(/^records 0 to 4999 \(from zero\), from line 1 on: the worker .* exit code 7$/),
  ]);
});

test('a streamed prediction that fails is logged once, with its records', async () => {
  const { server, lines } = await startReadyServer('streams', { hosting: 'batch transform' });

  const reply = await transform(server.url, ['"fail"\n"9"\n'], { 'content-type': 'application/jsonlines' });

  const { error } = JSON.parse((await readAll(reply)).text);
  const reason = 'records 0 to 1 (from zero), from line 1 on: the predictor failed: the tree has no leaves';
  expect([reply.statusCode, error.message]).toEqual([500, reason]);
  expect(lines.flatMap(({ fields }) => fields.reason ?? [])).toEqual([reason]);
});

test('a client that sends everything before it reads gets everything, and nothing stays on disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'optml-spill-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const limits = { spill: { directory, aboveBytes: 1_000_000 } };
  const { server } = await startReadyServer('transforms', { hosting: 'batch transform', limits });
  const program = `
import hashlib, http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
rows = (b'%d' % row + b'x' * 1000 for row in range(40000))
connection.request('POST', '/invocations', (row + b',1\\n' for row in rows), {'Content-Type': 'text/csv'}, encode_chunked=True)
reply = connection.getresponse()
lines = reply.read().split(b'\\n')
print(reply.status, len(lines), all(line == b'%d' % row + b'x' * 1000 + b',2' for row, line in enumerate(lines[:-1])))
`;

  const { stdout } = await promisify(execFile)('python3', ['-c', program, String(server.port)]);

  expect(stdout).toBe('200 40001 True\n');
  expect(await readdir(directory)).toEqual([]);
});
