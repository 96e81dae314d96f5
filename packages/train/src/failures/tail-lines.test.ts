import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTail } from './tail-lines.ts';

test('keeps what fits, whole lines only', () => {
  const tail = createTail(10);
  for (const text of ['first\nsec', 'ond\nthi', 'rd\n']) tail.push(Buffer.from(text));

  expect(tail.lines()).toEqual(['third']);
});

test('a line that begins exactly where the tail begins is kept', () => {
  const tail = createTail(6);
  tail.push(Buffer.from('lost\nkept1\n'));

  expect(tail.lines()).toEqual(['kept1']);
});

test('one endless line keeps its end, without half a character', () => {
  const tail = createTail(7);
  tail.push(Buffer.from('é'.repeat(1000)));

  expect(tail.lines()).toEqual(['ééé']);
});

test('a last character that is not complete yet is left out', () => {
  const tail = createTail(100);
  tail.push(Buffer.from('cost: €').subarray(0, -1));

  expect(tail.lines()).toEqual(['cost: ']);
});

test('nothing pushed gives no lines', () => {
  expect(createTail(10).lines()).toEqual([]);
});

test('however the stream is cut into chunks, the lines are the last whole ones that fit', () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((text) => text.replace(/[\r\n\ufeff]/g, ''));
  fc.assert(
    fc.property(
      fc.array(line),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      fc.integer({ min: 21 * 30, max: 2000 }),
      (lines, sizes, maximumBytes) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const tail = createTail(maximumBytes);

        for (let start = 0, index = 0; start < bytes.length; index++) {
          const size = sizes[index % sizes.length] ?? 1;
          tail.push(bytes.subarray(start, start + size));
          start += size;
        }

        const kept = tail.lines();
        const dropped = lines.slice(0, lines.length - kept.length);
        const sizeOf = (texts: readonly string[]) =>
          Buffer.byteLength(texts.map((text) => `${text}\n`).join(''));
        expect(kept).toEqual(lines.slice(dropped.length));
        expect(sizeOf(kept)).toBeLessThanOrEqual(maximumBytes);
        if (dropped.length > 0) expect(sizeOf([...dropped.slice(-1), ...kept])).toBeGreaterThan(maximumBytes);
      },
    ),
  );
});
