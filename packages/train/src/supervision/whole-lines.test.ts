import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWholeLines } from './whole-lines.ts';

test('writers that take turns in the middle of a line never mix their lines', async () => {
  const line = fc.stringMatching(/^[ab ]{0,12}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.array(line),
      fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
      async (first, second, cuts) => {
        const chunks: Buffer[] = [];
        const target = new Writable({
          write(chunk, _encoding, done) {
            chunks.push(chunk);
            done();
          },
        });
        const writers = [first, second].map((lines, index) => ({
          stream: createWholeLines(target),
          text: lines.map((words) => `${index}${words}\n`).join(''),
        }));

        while (writers.some(({ text }) => text !== '')) {
          for (const writer of writers) {
            const count = cuts.next().value;
            writer.stream.write(writer.text.slice(0, count));
            writer.text = writer.text.slice(count);
          }
        }
        for (const { stream } of writers) await finished(stream.end());

        const lines = Buffer.concat(chunks).toString().split('\n');
        expect(lines.filter((words) => words.startsWith('0'))).toEqual(first.map((words) => `0${words}`));
        expect(lines.filter((words) => words.startsWith('1'))).toEqual(second.map((words) => `1${words}`));
      },
    ),
  );
});

test('a last line without an end gets one', async () => {
  let text = '';
  const target = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const stream = createWholeLines(target);

  await finished(stream.end('no end'));

  expect(text).toBe('no end\n');
});

test('a line that never ends is passed on in pieces, and not held in memory', async () => {
  let passedBytes = 0;
  const target = new Writable({
    write(chunk, _encoding, done) {
      passedBytes += chunk.length;
      done();
    },
  });
  const stream = createWholeLines(target);

  for (let count = 0; count < 1_000; count += 1)
    await new Promise((resolve) => stream.write(`\r${'='.repeat(1_000)}`, resolve));
  const passedBeforeTheEnd = passedBytes;
  await finished(stream.end());

  expect(1_001_000 - passedBeforeTheEnd).toBeLessThan(64 * 1024);
  expect(passedBytes).toBe(1_001_001);
});
