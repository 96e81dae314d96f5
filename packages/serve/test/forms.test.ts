/** Forms, as browsers, curl and Python send them: `multipart/form-data`. */

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const run = promisify(execFile);
const inline = { isolation: 'inline' } as const;
const mebibyte = 1024 ** 2;
const png = { type: 'image/png' };

type Value = string | File;
type Fields = Readonly<Record<string, Value | readonly Value[]>>;

function makeForm(fields: Fields): FormData {
  const form = new FormData();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of Array.isArray(values) ? values : [values]) form.append(name, value);
  }
  return form;
}

function makeFile(name: string, bytes: number, options?: { readonly type: string }): File {
  return new File([new Uint8Array(bytes).fill(7)], name, options);
}

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-forms-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** Writes a form by hand: parts are joined by the boundary `b`, which ends it unless told otherwise. */
function write(...parts: readonly string[]): string {
  return `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

const byHand = { 'content-type': 'multipart/form-data; boundary=b' };
const title = 'Content-Disposition: form-data; name="title"\r\n\r\n';

test.each(['worker', 'process', 'inline'] as const)(
  'fields and files reach the predictor by their names: %s',
  async (isolation) => {
    const { invoke } = await startReadyServer('forms', { isolation });
    const form = makeForm({
      title: 'naïve "quoted"',
      count: '3',
      ratio: '-.5e1',
      urgent: 'true',
      id: '9007199254740993',
      level: '2',
      tags: ['a', '1'],
      sizes: '4',
      box: '{"x": 1, "y": 2}',
      boxes: ['{"x": 1, "y": 2}', '{"x": 3, "y": 4}'],
      image: makeFile('fotö "1".png', 5, png),
      files: [makeFile('a.bin', 0), makeFile('b', 3 * mebibyte)],
    });

    const reply = await invoke(form, {});

    const described = { isOnDisk: false, first: 7, last: 7 };
    expect([reply.status, await reply.json()]).toEqual([
      200,
      {
        title: 'naïve "quoted"',
        count: 3,
        ratio: -5,
        urgent: true,
        id: '9007199254740993',
        level: 2,
        tags: ['a', '1'],
        sizes: [4],
        box: { x: 1, y: 2 },
        boxes: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
        files: [
          { ...described, name: 'fotö "1".png', type: 'image/png', size: 5 },
          { ...described, name: 'a.bin', type: 'application/octet-stream', size: 0, first: 0, last: 0 },
          { ...described, name: 'b', type: 'application/octet-stream', size: 3 * mebibyte },
        ],
      },
    ]);
  },
);

test('a list of numbers is sent as JSON, as several fields, or as one', async () => {
  const { invoke } = await startReadyServer('forms', inline);
  const read = async (sizes: string | readonly string[]) =>
    await (await invoke(makeForm({ sizes }), {})).json();

  const [json, several, one] = await Promise.all([read('[1, 2.5]'), read(['1', '2']), read(' 7 ')]);

  expect([json, several, one]).toEqual([
    { sizes: [1, 2.5], files: [] },
    { sizes: [1, 2], files: [] },
    { sizes: [7], files: [] },
  ]);
});

test('text is read by the charset of its part, and names without quotes and with backslashes are read', async () => {
  const { invoke } = await startReadyServer('forms', inline);
  const body = write(
    'content-disposition: form-data; name=title\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nna\xefve',
    'Content-Disposition: form-data; name="tags"\r\n\r\na--b--\r\n--',
    'Content-Disposition: form-data; name="files"; filename="C:\\dir\\a \\"b\\".txt"\r\n\r\nx',
    `Content-Disposition: form-data; name="files"; filename*=UTF-8''na%C3%AFve.txt\r\nContent-Type: text/plain\r\n\r\nx`,
    'Content-Disposition: form-data; name="files"\r\nContent-Type: image/gif\r\n\r\nx',
  );

  const reply = await invoke(Buffer.from(`to be ignored\r\n${body}and this`, 'latin1'), byHand);

  const described = { size: 1, isOnDisk: false, first: 120, last: 120 };
  expect(await reply.json()).toEqual({
    title: 'naïve',
    tags: ['a--b--\r\n--'],
    files: [
      { ...described, name: 'a "b".txt', type: '' },
      { ...described, name: 'naïve.txt', type: 'text/plain' },
      { ...described, name: '', type: 'image/gif' },
    ],
  });
});

const malformed: readonly (readonly [name: string, body: string | Buffer, message: string])[] = [
  ['multipart/form-data', write(title), 'has no boundary'],
  ['multipart/form-data; boundary=', write(title), 'has no boundary'],
  ['multipart/form-data; boundary=c', write(title), 'before its last boundary, "--c--"'],
  ['no end', `--b\r\n${title}a`, 'before its last boundary, "--b--"'],
  ['no end of a part', `--b\r\n${title}a\r\n--b\r\n`, 'before its last boundary, "--b--"'],
  ['not a form', 'title=a&count=3', 'before its last boundary'],
  ['bare line feeds', write(title).replaceAll('\r', ''), 'lines that end in CR LF'],
  [
    'no name',
    write('Content-Disposition: form-data\r\n\r\na'),

    'part 1 of the form has no name',
  ],
  [
    'no disposition',
    write(`${title}a`, 'Content-Type: text/plain\r\n\r\na'),

    'part 2 of the form has no name',
  ],
  [
    'another disposition',
    write(title.replace('form-data', 'attachment')),

    'part 1 of the form has no name',
  ],
  [
    'cut headers',
    write(`${title}a`, 'Content-Disposition: form-da'),

    'headers of part 2 of the form have no end',
  ],
  [
    'cut headers at the end',
    `--b\r\nContent-Disposition: form-data; name="ti`,

    'before its last boundary',
  ],
  [
    'a wrong header',
    write(`Content\nDisposition: x\r\n${title}`),

    'part 1 of the form has no name',
  ],
  [
    'long headers',
    write(`X: ${'x'.repeat(20_000)}\r\n${title}`),

    'more than 100 headers or 16384 bytes',
  ],
  [
    'very long headers',
    write(`${title.trimEnd()}\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`),

    'more than 100 headers or 16384 bytes',
  ],
  [
    'many headers',
    write(`${'X: y\r\n'.repeat(101)}${title}`),

    'more than 100 headers or 16384 bytes',
  ],
  ['many parts', write(...Array<string>(1_001).fill(`${title}a`)), 'more than 1000 parts'],
  [
    'a long text',
    write(`${title}${'a'.repeat(mebibyte + 1)}`),

    'the field "title" of the form has more than 1048576 bytes',
  ],
  [
    'an unknown charset',
    write(`Content-Type: text/plain; charset=klingon\r\n${title}a`),

    'the field "title" of the form failed: decoding text: the charset "klingon" is not supported',
  ],
  [
    'text in another charset',
    Buffer.from(write(`${title}\xff`), 'latin1'),

    'the field "title" of the form failed',
  ],
  [
    'base64',
    write(`Content-Transfer-Encoding: base64\r\n${title}YQ==`),

    'part "title" of the form has the Content-Transfer-Encoding "base64"',
  ],
];

test('a form that cannot be read is refused with what is wrong', async () => {
  const { invoke } = await startReadyServer('forms', inline);

  for (const [name, body, message] of malformed) {
    const headers = name.startsWith('multipart') ? { 'content-type': name } : byHand;

    const reply = await invoke(body, headers);

    expect([name, reply.status, (await readReply(reply)).error]).toEqual([
      name,
      400,
      { code: 'FORM_MALFORMED', message: expect.stringContaining(message) },
    ]);
  }
});

const unfit: readonly (readonly [fields: Fields, message: string])[] = [
  [
    { title: makeFile('a.txt', 3) },
    'form.title is a file of 3 bytes: expected string; "title" is a file in the form: send it as text, without a filename',
  ],
  [{ count: makeFile('a.txt', 3) }, '"count" is a file in the form: send it as text'],
  [
    { tags: ['a', makeFile('a.txt', 3)] },
    'form.tags[1] is a file of 3 bytes: expected string; "tags" is a file',
  ],
  [
    { image: 'abc' },
    'form.image is "abc": expected file; "image" is text in the form: send it as a file, with a filename',
  ],
  [{ files: [makeFile('a', 1), 'abc'] }, 'form.files[1] is "abc": expected file; "files" is text'],
  [
    { image: makeFile('a.gif', 1, { type: 'image/gif' }) },
    'form.image is a file of 1 byte: expected "image/png"; "image" is a file of the type "image/gif": send one of the type image/png',
  ],
  [{ count: 'three' }, 'form.count is "three": expected number'],
  [{ count: '1.5' }, 'form.count is 1.5: expected int'],
  [{ count: '9007199254740993' }, 'send a number that a double can hold'],
  [{ urgent: 'yes' }, 'form.urgent is "yes": expected boolean'],
  [{ box: '{"x": "a", "y": 1}' }, 'form.box.x is "a": expected number'],
  [{ box: '{"x": 1' }, 'form.box is "{\\"x\\": 1": expected object'],
  [{ title: ['a', 'b'] }, 'form.title is ["a","b"]: expected string'],
  [{ colour: 'red' }, 'unrecognized key: "colour"'],
  [{ __proto__x: 'a', constructor: 'a' }, 'unrecognized keys'],
];

test('a form that does not fit the schema is refused with what to change', async () => {
  const { invoke } = await startReadyServer('forms', inline);

  for (const [fields, message] of unfit) {
    const reply = await invoke(makeForm(fields), {});

    expect([reply.status, (await readReply(reply)).error]).toEqual([
      400,
      { code: 'INPUT_INVALID', message: expect.stringContaining(message) },
    ]);
  }
  for (const [body, place] of [
    [{ image: 'x' }, 'image is "x"'],
    [{ files: ['x'] }, 'files[0] is "x"'],
  ]) {
    const reply = await invoke(JSON.stringify(body), { 'content-type': 'application/json' });

    expect((await readReply(reply)).error.message).toBe(
      `instances.${place}: expected file; files come as multipart/form-data: send a form in place of this body`,
    );
  }
});

test('an empty body is a reply without content, as of any other type, and one without fields is not', async () => {
  const { invoke } = await startReadyServer('forms', inline);

  const [empty, none] = [await invoke('', byHand), await invoke(write(), byHand)];

  expect([empty.status, none.status, await none.json()]).toEqual([204, 200, { files: [] }]);
});

test.each(['worker', 'process', 'inline'] as const)(
  'large files of a body that went to disk are there, too, and gone after the reply: %s',
  async (isolation) => {
    const directory = await makeDirectory();
    const spill = { directory, aboveBytes: mebibyte };
    const { server, invoke, lines } = await startReadyServer('forms', { isolation, limits: { spill } });
    const files = [
      makeFile('small', 10),
      makeFile('../../large.wav', 3 * mebibyte + 1),
      makeFile('b', 2 * mebibyte),
    ];
    const send = (task: string, init: RequestInit = {}) => invoke(makeForm({ task, files }), {}, init);

    const described = await (await invoke(makeForm({ title: 'a', files }), {})).json();
    const streamed = await (await send('stream')).json();
    const failed = await send('fail');
    const left = new AbortController();
    const leaving = send('wait', { signal: left.signal }).catch((error: Error) => error.name);
    await expect.poll(() => lines.some(({ message }) => message === 'waiting')).toBe(true);
    const whileWaiting = (await readdir(directory)).length;
    left.abort();
    const exited = isolation === 'inline' ? undefined : await send('exit');

    const on = { type: 'application/octet-stream', first: 7, last: 7 };
    const expected = [
      { ...on, name: 'small', size: 10, isOnDisk: false },
      { ...on, name: 'large.wav', size: 3 * mebibyte + 1, isOnDisk: true },
      { ...on, name: 'b', size: 2 * mebibyte, isOnDisk: true },
    ];
    expect(described).toEqual({ title: 'a', files: expected });
    expect(streamed).toEqual({ predictions: expected });
    expect([failed.status, await leaving, exited?.status]).toEqual([
      500,
      'AbortError',
      isolation === 'inline' ? undefined : 500,
    ]);
    expect(whileWaiting).toBe(2);
    await expect.poll(() => readdir(directory)).toEqual([]);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
  },
);

test.each(['sums', 'bytes'])('a predictor that takes no form says what to send: %s', async (fixture) => {
  const { invoke } = await startReadyServer(fixture, inline);

  const reply = await invoke(makeForm({ file: makeFile('rows.csv', 3) }), {});

  const { error } = await readReply(reply);
  expect([reply.status, error.code]).toEqual([400, 'INPUT_INVALID']);
  expect(error.message).toMatch(
    /^form is \{"file":a file of 3 bytes\}: expected .*; the predictor takes no form: send/,
  );
});

test('a client that leaves while it sends a form leaves no file behind', async () => {
  const directory = await makeDirectory();
  const spill = { directory, aboveBytes: mebibyte };
  const { server } = await startReadyServer('forms', { ...inline, limits: { spill } });
  const headers = { ...byHand, 'content-length': 10 * mebibyte };
  const sent = request(`${server.url}/invocations`, { method: 'POST', headers });
  sent.on('error', () => undefined);

  sent.write(
    `--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n${'a'.repeat(2 * mebibyte)}`,
  );
  await expect.poll(async () => (await readdir(directory)).length).toBe(2);
  sent.destroy();

  await expect.poll(() => readdir(directory)).toEqual([]);
});

test('hooks that read bodies get a form as it was sent; others, and a schema of anything, its fields', async () => {
  const [own, minimal, anything] = await Promise.all([
    startReadyServer('hooks-transform', inline),
    startReadyServer('hooks-minimal', inline),
    startReadyServer('echo', inline),
  ]);

  const whole = await own.invoke(write(`${title}a`), byHand);
  const fields = await anything.invoke(write(`${title}a`, `${title}b`), byHand);
  const noRows = await minimal.invoke(write(`${title}a`), byHand);

  expect(whole.status).toBe(200);
  // It has no schema, so an object is what its predictFn gets.
  expect((await readReply(noRows)).error.message).toContain('rows.map is not a function');
  expect(await fields.json()).toEqual({ title: ['a', 'b'] });
});

test('http.client of Python sends a form that is made by hand', async () => {
  const { server } = await startReadyServer('forms', inline);
  const program = `
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
parts = [('form-data; name="count"', b'3'), ('form-data; name="image"; filename="a.png"\\r\\nContent-Type: image/png', b'png')]
body = b''.join(b'--x y\\r\\nContent-Disposition: %s\\r\\n\\r\\n%s\\r\\n' % (head.encode(), data) for head, data in parts) + b'--x y--\\r\\n'
connection.request('POST', '/invocations', body, {'Content-Type': 'multipart/form-data; boundary="x y"'})
sys.stdout.write(connection.getresponse().read().decode())
`;

  const { stdout } = await run('python3', ['-c', program, String(server.port)]);

  const image = { name: 'a.png', type: 'image/png', size: 3, isOnDisk: false, first: 112, last: 103 };
  expect(JSON.parse(stdout)).toEqual({ count: 3, files: [image] });
});
