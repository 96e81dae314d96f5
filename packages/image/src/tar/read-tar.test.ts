/** Tars come back as they were written, and no bytes make the reader hang or fail in another way than it says. */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeFolder, readAll } from '../../test/make-folder.ts';
import { TarFault } from './decode-tar-header.ts';
import { encodeTarHeader, padding, type TarHeader } from './encode-tar-header.ts';
import { indexTar } from './index-tar.ts';
import { readTar } from './read-tar.ts';

interface Written {
  readonly header: TarHeader;
  readonly content: Uint8Array;
}

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
  .map((text) => `x${text.replace(/[/\0]/g, '_')}`);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const entry: fc.Arbitrary<Written> = fc
  .record({
    path,
    mode: fc.nat(0o7777),
    uid: fc.nat(0o7777777),
    gid: fc.nat(0o7777777),
    mtime: fc.nat(),
    content: fc.uint8Array({ maxLength: 2000 }),
    target: fc.option(path, { nil: undefined }),
  })
  .map(({ content, target, ...shared }) =>
    target === undefined
      ? { header: { ...shared, type: 'file', size: content.length }, content }
      : { header: { ...shared, type: 'symlink', size: 0, linkTarget: target }, content: new Uint8Array() },
  );

function write(entries: readonly Written[]): Buffer {
  const parts = entries.flatMap(({ header, content }) => [
    encodeTarHeader(header),
    content,
    padding(content.length),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readEntries(source: AsyncIterable<Uint8Array>): Promise<Written[]> {
  const found: Written[] = [];
  for await (const { header, content } of readTar(source)) {
    found.push({ header, content: new Uint8Array(await readAll(content())) });
  }
  return found;
}

test('a tar is read as it was written, however its bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 5 }),
      fc.integer({ min: 1, max: 3000 }),
      async (entries, size) => {
        const found = await readEntries(inChunks(write(entries), size));

        expect(found).toEqual(
          entries.map(({ header, content }) => ({ header, content: new Uint8Array(content) })),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('a tar that was cut off is told from a whole one', async () => {
  await fc.assert(
    fc.asyncProperty(entry, fc.nat(), async (written, cut) => {
      const bytes = write([written]);
      const body = encodeTarHeader(written.header).length + written.content.length;
      const length = 1 + (cut % (body - 1));

      await expect(readEntries(inChunks(bytes.subarray(0, length), 512))).rejects.toBeInstanceOf(TarFault);
    }),
    { numRuns: 60 },
  );
});

test('bytes that are changed anywhere give entries or a fault, and always an end', async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 3 }), changes, async (entries, places) => {
      const bytes = write(entries);
      for (const [at, value] of places) bytes[at % bytes.length] = value;

      const outcome = await readEntries(inChunks(bytes, 1000)).catch((error: unknown) => error);

      expect(outcome instanceof TarFault || Array.isArray(outcome)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['a record of negative length', '-5 a=b\n'],
  ['a record of no length', '0 a=b\n'],
  ['a record longer than its header', '99 path=b\n'],
  ['a size that is not a number', '13 size=-100\n'],
])('PAX with %s is a fault and no endless loop', async (_, record) => {
  const header = encodeTarHeader({
    path: 'PaxHeader',
    type: 'file',
    mode: 0,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: record.length,
  });
  header.write('x', 156);
  header.write('        ', 148);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const bytes = Buffer.concat([header, Buffer.from(record), padding(record.length), Buffer.alloc(1024)]);

  await expect(readEntries(inChunks(bytes, 512))).rejects.toBeInstanceOf(TarFault);
});

test.each(['gnu', 'posix', 'ustar'])(
  'the tar that GNU tar writes in its format %s is read, by stream and by index',
  async (format) => {
    const long = `${'d'.repeat(60)}/${'f'.repeat(90)}.txt`;
    const folder = await makeFolder({ [`in/${long}`]: 'long', 'in/b.txt': 'b' });
    await writeFile(join(folder, 'in', 'ünïcode'), 'u');
    const file = join(folder, 'out.tar');
    await promisify(execFile)('tar', [
      `--format=${format}`,
      '--sort=name',
      '-cf',
      file,
      '-C',
      join(folder, 'in'),
      '.',
    ]);
    const { readFile } = await import('node:fs/promises');

    const streamed = await readEntries(inChunks(await readFile(file), 700));
    const indexed = await indexTar(file);

    const files = streamed.filter(({ header }) => header.type === 'file');
    expect(files.map(({ header, content }) => [header.path, Buffer.from(content).toString()])).toEqual([
      ['./b.txt', 'b'],
      [`./${long}`, 'long'],
      ['./ünïcode', 'u'],
    ]);
    expect([...indexed.keys()].filter((key) => indexed.get(key)?.header.type === 'file')).toEqual([
      'b.txt',
      long,
      'ünïcode',
    ]);
  },
);
