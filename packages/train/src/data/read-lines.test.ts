import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from './read-lines.ts';

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const size of sizes) {
    yield bytes.subarray(from, from + size);
    from += size;
  }
  yield bytes.subarray(from);
}

async function read(bytes: Uint8Array, sizes: readonly number[] = []): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of readLines({ name: 'training/a', bytes: cut(bytes, sizes) }, {})) lines.push(line);
  return lines;
}

const text = fc.string({
  unit: fc.constantFrom('a', 'ü', '€', '😀', '\n', '\r\n', '\ufeff', ' '),
  maxLength: 40,
});

test('lines are the same however their bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(5), { maxLength: 40 }), async (content, sizes) => {
      const lines = content.split(/\r?\n/);
      if (lines.at(-1) === '') lines.pop();

      const found = await read(Buffer.from(content), sizes);

      expect(found).toEqual(lines.map((line, index) => (index === 0 ? line.replace(/^\ufeff/, '') : line)));
    }),
  );
});

test('bytes of any kind give lines or an error that names the place, and never hang', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(50)), async (bytes, sizes) => {
      const outcome = await read(bytes, sizes).catch((error: Error) => error.message);

      if (typeof outcome === 'string')
        expect(outcome).toMatch(/^training\/a: line \d+, which begins at byte \d+, is not UTF-8/);
    }),
  );
});

test('the place of a wrong byte is that of its line', async () => {
  await expect(read(Buffer.from('ab\r\ncd\nx\xff', 'latin1'), [1, 2, 3])).rejects.toThrow(
    'line 3, which begins at byte 7,',
  );
});
