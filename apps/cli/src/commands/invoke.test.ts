import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, runOptml, startOptml } from '../../test/run-optml.ts';

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** Answers with what it was asked. */
function listenForEcho(): Promise<string> {
  return listen(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const { 'content-type': contentType, 'content-length': contentLength, accept } = headers;
    response.end(
      JSON.stringify({
        method,
        url,
        contentType,
        contentLength,
        accept,
        body: Buffer.concat(chunks).toString(),
      }),
    );
  });
}

test('data goes to /invocations with a length, a type and the wanted answer type', async () => {
  const url = await listenForEcho();

  const { code, out, err } = await runOptml([
    'invoke',
    '--url',
    url,
    '--data',
    '1,2',
    '--accept',
    'text/csv',
  ]);

  expect({ code, err }).toEqual({
    code: 0,
    err: 'optml: sending it as text/csv, guessed from the body; --content-type overrides it\n',
  });
  expect(JSON.parse(out)).toEqual({
    method: 'POST',
    url: '/invocations',
    contentType: 'text/csv',
    contentLength: '3',
    accept: 'text/csv',
    body: '1,2',
  });
});

test('a URL with a path is taken as it is', async () => {
  const url = await listenForEcho();

  const { out } = await runOptml(['invoke', '--url', `${url}/models/a/invoke?x=1`, '--data', '1']);

  expect(JSON.parse(out)).toMatchObject({ url: '/models/a/invoke?x=1' });
});

test.each([
  { data: '[[1, 2]]', type: 'application/json' },
  { data: '{"instances": []}', type: 'application/json' },
  { data: '[1, 2', type: 'application/json' },
  { data: '5.1,3.5', type: 'text/csv' },
  { data: '5.1', type: 'text/csv' },
  { data: '"quoted"', type: 'text/csv' },
  { data: '', type: 'text/csv' },
])('data $data is sent as $type', async ({ data, type }) => {
  const url = await listenForEcho();

  const { out } = await runOptml(['invoke', '--url', url, '--data', data]);

  expect(JSON.parse(out)).toMatchObject({ contentType: type, body: data });
});

test.each([
  { name: 'rows.csv', content: '[1]', type: 'text/csv' },
  { name: 'rows.JSON', content: 'x', type: 'application/json' },
  { name: 'rows.jsonl', content: '1', type: 'application/jsonlines' },
  { name: 'rows.jsonlines', content: '1', type: 'application/jsonlines' },
  { name: 'scan.PNG', content: 'x', type: 'image/png' },
  { name: 'rows.npy', content: 'x', type: 'application/x-npy' },
  { name: 'rows.txt', content: '[1]', type: 'application/json' },
  { name: 'rows', content: '1,2', type: 'text/csv' },
  { name: 'image.bin', content: Buffer.from([0xff, 0xd8, 0xff]), type: 'application/octet-stream' },
])('file $name is sent as $type', async ({ name, content, type }) => {
  const url = await listenForEcho();
  const folder = await makeFolder();
  await writeFile(join(folder, name), content);

  const { out } = await runOptml(['invoke', '--url', url, '--file', name], { workingDirectory: folder });

  expect(JSON.parse(out)).toMatchObject({ contentType: type });
});

test.each([
  ['without --data and --file', []],
  ['with --file -', ['--file', '-']],
])('%s stdin is sent, and --content-type wins', async (_how, words) => {
  const url = await listenForEcho();

  const argv = ['invoke', '--url', url, '--content-type', 'application/jsonlines', ...words];
  const { out } = await runOptml(argv, {
    stdin: '[1]\n[2]\n',
  });

  expect(JSON.parse(out)).toMatchObject({ contentType: 'application/jsonlines', body: '[1]\n[2]\n' });
});

test('the answer comes out byte for byte, compressed or not', async () => {
  const body = gzipSync('setosa');
  const url = await listen((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body),
  );

  const { out } = await runOptml(['invoke', '--quiet', '--url', url, '--data', '1']);

  expect(out).toBe(body.toString('utf8'));
});

test.each([
  { answer: 'setosa', terminal: true, printed: 'setosa\n' },
  { answer: 'setosa\n', terminal: true, printed: 'setosa\n' },
  { answer: 'setosa', terminal: false, printed: 'setosa' },
  { answer: '', terminal: true, printed: '' },
])(
  'answer $answer is printed as $printed when a terminal is $terminal',
  async ({ answer, terminal, printed }) => {
    const url = await listen((_, response) => response.end(answer));

    const { out } = await runOptml(['invoke', '--quiet', '--url', url, '--data', '1'], {
      stdoutIsTerminal: terminal,
    });

    expect(out).toBe(printed);
  },
);

test.each([
  { body: '{"error": {"code": "X", "message": "row 1 is short"}}', says: 'row 1 is short' },
  { body: '{"message": "row 1 is short"}', says: 'row 1 is short' },
  { body: '{"error": "row 1 is short"}', says: 'row 1 is short' },
  { body: 'row 1 is short\n', says: 'row 1 is short' },
  { body: '["other"]', says: '["other"]' },
  { body: '', says: 'it gave no reason' },
])('a refusal of $body exits 1 with the status and the sentence', async ({ body, says }) => {
  const url = await listen((_, response) => response.writeHead(415).end(body));

  const { code, out, err } = await runOptml(['invoke', '--quiet', '--url', url, '--data', '1']);

  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toBe(`optml: ${url}/invocations answered 415 Unsupported Media Type: ${says}\n`);
});

test('an answer in pieces is printed piece by piece', async () => {
  const seen = Promise.withResolvers<void>();
  const url = await listen(async (_, response) => {
    response.write('first\n');
    await seen.promise;
    response.end('second\n');
  });
  const running = startOptml(['invoke', '--quiet', '--url', url, '--data', '1']);

  await running.waitFor('first');
  seen.resolve();

  expect(await running.outcome).toEqual({ code: 0, out: 'first\nsecond\n', err: '' });
});

test('an answer that breaks off exits 1', async () => {
  const url = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('part', () => response.destroy());
  });

  const { code, out, err } = await runOptml(['invoke', '--quiet', '--url', url, '--data', '1']);

  expect({ code, out }).toEqual({ code: 1, out: 'part' });
  expect(err).toBe(`optml: the answer from ${url}/invocations ended early: aborted\n`);
});

test('a stop gives up waiting and exits 1', async () => {
  let onAsked: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve;
  });
  const url = await listen(() => onAsked());
  const running = startOptml(['invoke', '--quiet', '--url', url, '--data', '1']);
  await asked;

  running.stop();

  expect(await running.outcome).toEqual({ code: 1, out: '', err: 'optml: the invocation was stopped\n' });
});

test('nobody listening exits 1 with what to start', async () => {
  const { code, err } = await runOptml(['invoke', '--quiet', '--url', 'http://127.0.0.1:1', '--data', '1']);

  expect(code).toBe(1);
  expect(err).toBe(
    'optml: cannot reach http://127.0.0.1:1/invocations (ECONNREFUSED): is a server running? start one with optml serve\n',
  );
});

test.each([
  { argv: ['--data', '1', '--file', 'x'], says: '--data and --file were both given: give one of them' },
  { argv: [], says: 'no data to send: give --data TEXT, --file PATH or a pipe on stdin' },
  { argv: ['--file', 'nowhere'], says: '--file "nowhere" cannot be read: FOLDER/nowhere does not exist' },
  { argv: ['--file', 'folder'], says: '--file "folder" cannot be read: FOLDER/folder is a folder' },
  {
    argv: ['--url', 'localhost:8080', '--data', '1'],
    says: '--url "localhost:8080" is not an http address: give one such as http://127.0.0.1:8080',
  },
  {
    argv: ['--url', 'nothing', '--data', '1'],
    says: '--url "nothing" is not an http address: give one such as http://127.0.0.1:8080',
  },
  { argv: ['--accept', 'a\nb', '--data', '1'], says: /^a header cannot be sent: Invalid character/ },
])('$argv is refused with exit code 2', async ({ argv, says }) => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'folder'));

  const { code, out, err } = await runOptml(['invoke', '--quiet', ...argv], {
    workingDirectory: folder,
    stdin: 'terminal',
  });

  expect({ code, out }).toEqual({ code: 2, out: '' });
  const line = err.replace(/^optml: |\n$/g, '');
  if (typeof says === 'string') expect(line).toBe(says.replace('FOLDER', folder));
  else expect(line).toMatch(says);
});

test("an empty stdin is refused, and --data '' sends an empty body", async () => {
  const url = await listenForEcho();

  const empty = await runOptml(['invoke', '--url', url], { stdin: '' });
  const file = await runOptml(['invoke', '--url', url, '--file', '/dev/null']);
  const meant = await runOptml(['invoke', '--url', url, '--data', '']);

  expect(empty).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('no data to send: stdin is empty'),
  });
  expect(file.err).toMatch(
    /no data to send: --file "\/dev\/null" is empty; .*--data '' for an empty body\n$/,
  );
  expect(file.code).toBe(2);
  expect(JSON.parse(meant.out)).toMatchObject({ contentLength: '0', body: '' });
});

test('a text that curl would take for the name of a file is sent, with what would send the file', async () => {
  const url = await listenForEcho();
  const folder = await makeFolder();
  await writeFile(join(folder, 'rows.csv'), '1');

  const [there, other] = await Promise.all(
    ['@rows.csv', '@optml'].map((data) =>
      runOptml(['invoke', '--url', url, '--data', data], { workingDirectory: folder }),
    ),
  );

  expect(JSON.parse(there?.out ?? '')).toMatchObject({ body: '@rows.csv' });
  expect(there?.err).toContain('--data "@rows.csv" is sent as text; to send the file, use --file rows.csv\n');
  expect(other?.err).not.toContain('--file');
});
