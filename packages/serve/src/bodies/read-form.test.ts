import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { StoredBody } from '../invocation/invocation.ts';
import { readForm } from './read-form.ts';

const { signal } = new AbortController();

type Value = string | { readonly fileName: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** Writes a form as a browser does. */
async function writeForm(fields: readonly (readonly [name: string, value: Value])[]) {
  const form = new FormData();
  for (const [name, value] of fields) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new File([value.bytes], value.fileName, { type: 'application/x-test' }));
  }
  const message = new Response(form);
  return {
    contentType: message.headers.get('content-type') ?? '',
    body: new Uint8Array(await message.arrayBuffer()),
  };
}

async function store(body: Uint8Array): Promise<StoredBody> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-form-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const [file, filesDirectory] = [join(directory, 'body'), join(directory, 'files')];
  await writeFile(file, body);
  await mkdir(filesDirectory);
  return { file, sizeBytes: body.byteLength, digest: '', filesDirectory };
}

async function flatten(instances: unknown): Promise<unknown> {
  const entries = Object.entries(instances as Readonly<Record<string, unknown>>).map(
    async ([name, values]) => {
      const all = (Array.isArray(values) ? values : [values]) as readonly (string | File)[];
      const read = async (one: string | File) =>
        typeof one === 'string' ? one : [one.name, one.type, [...(await one.bytes())]];
      return [name, await Promise.all(all.map(read))];
    },
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Line ends are what a browser makes of them, and a folder is left out of a file's name. */
const texts = fc
  .string({ unit: 'binary' })
  .map((text) => text.toWellFormed().replaceAll(/\r\n?|\n/g, '\r\n'));
const fileNames = fc.string({ unit: 'grapheme' }).map((name) => name.replaceAll(/[/\\%"\r\n]/g, ''));
const names = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fileNames);
const files = fc.record({
  fileName: fileNames,
  bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
});
const forms = fc.array(fc.tuple(names, fc.oneof(texts, files)), { maxLength: 6 });

test('what a browser writes is read, with several of one name as a list', async () => {
  await fc.assert(
    fc.asyncProperty(forms, async (fields) => {
      const { body, contentType } = await writeForm(fields);

      const { instances } = await readForm(body, contentType, signal);

      const expected = new Map<string, unknown[]>();
      for (const [name, value] of fields) {
        const read =
          typeof value === 'string'
            ? value.replace(/^\ufeff/, '')
            : [value.fileName, 'application/x-test', [...value.bytes]];
        expected.set(name, [...(expected.get(name) ?? []), read]);
      }
      expect(await flatten(instances)).toEqual(Object.fromEntries(expected));
    }),
  );
});

test('a form that ends early is refused, wherever it ends', async () => {
  const bytes = new Uint8Array(300).fill(13);
  const { body, contentType } = await writeForm([
    ['a', 'text'],
    ['b', { fileName: 'c', bytes }],
    ['d', ''],
  ]);
  const end = body.length - '\r\n'.length;

  for (let length = 1; length < end; length += 1) {
    await expect(readForm(body.subarray(0, length), contentType, signal), `${length}`).rejects.toMatchObject({
      code: 'FORM_MALFORMED',
    });
  }
  await expect(readForm(body.subarray(0, end), contentType, signal)).resolves.toBeDefined();
});

test('a boundary may be longer than it should be, and is refused where it is too long', async () => {
  const read = async (boundary: string) =>
    await readForm(`--${boundary}--\r\n`, `multipart/form-data; boundary=${boundary}`, signal);

  expect((await read('b'.repeat(200))).instances).toEqual({});
  await expect(read('b'.repeat(300))).rejects.toMatchObject({
    code: 'FORM_MALFORMED',
    message: expect.stringMatching(/^the boundary of the form has 300 characters, .* at most 70$/),
  });
});

test.each([
  ["filename*=UTF-8''na%C3%AFve.txt", 'naïve.txt'],
  ["filename=a; filename*=iso-8859-1'en'na%EFve.txt", 'naïve.txt'],
  ["filename*=UTF-8''%ZZ%FF; filename=a", 'a'],
  ["filename*=UTF-8''%ZZ%FF", ''],
  ["filename*=klingon''a", ''],
])('a part with %s is a file', async (parameters, fileName) => {
  const part = `--b\r\nContent-Disposition: form-data; name=a; ${parameters}\r\n\r\n\x01\r\n--b--`;

  const { instances } = await readForm(part, 'multipart/form-data; boundary=b', signal);

  expect(await flatten(instances)).toEqual({ a: [[fileName, '', [1]]] });
});

test('hostile bytes are read or refused, and never hang', async () => {
  const pieces = [
    '--b',
    '--b--',
    '\r\n',
    '\r\n\r\n',
    '\n',
    ':',
    '"',
    ';',
    'Content-Disposition: form-data; name="a"',
  ];
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary' })), { maxLength: 20 })
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));

  await fc.assert(
    fc.asyncProperty(hostile, async (body) => {
      const code = await readForm(body, 'multipart/form-data; boundary=b', signal).then(
        () => 'read',
        (error: { readonly code: string }) => error.code,
      );

      expect(['read', 'FORM_MALFORMED']).toContain(code);
    }),
  );
});

test('a boundary may lie across any two chunks of a file, and only large files go to disk', async () => {
  const chunkBytes = 64 * 1024;
  for (let shift = 0; shift < 64; shift += 7) {
    const bytes = new Uint8Array(2 * 1024 ** 2 - shift).fill(45);
    const { body, contentType } = await writeForm([
      ['large', { fileName: 'x.bin', bytes }],
      ['small', { fileName: 'y', bytes: bytes.slice(0, chunkBytes - shift) }],
      ['text', 'end'],
    ]);
    const stored = await store(body);

    const { instances } = await readForm(stored, contentType, signal);

    const { large, small, text } = instances as Record<'large' | 'small', File> & { readonly text: string };
    expect([large.size, small.size, text]).toEqual([bytes.length, chunkBytes - shift, 'end']);
    expect(Buffer.compare(await large.bytes(), bytes)).toBe(0);
    expect(await readdir(stored.filesDirectory ?? '')).toEqual(['1.bin']);
    expect(large).toHaveProperty('path', join(stored.filesDirectory ?? '', '1.bin'));
    expect(small).not.toHaveProperty('path');
  }
});

test('a form that nobody waits for any more is not read to its end', async () => {
  const bytes = new Uint8Array(4 * 1024 ** 2);
  const { body, contentType } = await writeForm([['a', { fileName: 'a', bytes }]]);
  const stored = await store(body);
  const leaving = new AbortController();

  const reading = readForm(stored, contentType, leaving.signal);
  leaving.abort(new Error('the client left'));

  await expect(reading).rejects.toThrow('the client left');
});
