import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineBuffer, maximumMsBytes } from './line-buffer.ts';

function addLine(lines: LineBuffer, line: Buffer): void {
  lines.beginLine(line.length + 1);
  lines.add(line);
  lines.addAscii('\n');
}

test('lines are written whole, in order and none twice, whatever their size', () => {
  const written: Buffer[] = [];
  const buffer = new LineBuffer((lines) => written.push(lines));
  const lines = Array.from({ length: 400 }, (_, index) => `${index} ${'éÿ~x'.repeat((index * 37) % 300)}`);
  lines.splice(200, 0, 'é'.repeat(70_000), '', 'x'.repeat(65_500), 'after');

  for (const line of lines) addLine(buffer, Buffer.from(line));
  buffer.flush();
  buffer.flush();

  expect(Buffer.concat(written).toString()).toBe(lines.map((line) => `${line}\n`).join(''));
  expect(written.every((bytes) => bytes.toString().endsWith('\n'))).toBe(true);
  expect(written.length).toBeLessThan(lines.length / 10);
});

test('a line does not wait for others longer than the buffer says', async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();

  addLine(new LineBuffer(resolve), Buffer.from('alone'));

  // The timer keeps no process alive; this one does.
  const alive = setInterval(() => undefined, 1_000);
  expect((await promise).toString()).toBe('alone\n');
  clearInterval(alive);
});

test('milliseconds are written to the microsecond, as a number', () => {
  const month = 31 * 24 * 3_600_000;
  const ms = fc.oneof(
    fc.double({ min: 0, max: month, noNaN: true }),
    fc.integer({ min: 0, max: 20_000 }).map((us) => us / 1e3),
  );

  fc.assert(
    fc.property(ms, (durationMs) => {
      const written: string[] = [];
      const lines = new LineBuffer((bytes) => written.push(bytes.toString()));
      lines.beginLine(maximumMsBytes);
      lines.addMs(durationMs);
      lines.flush();

      const [text = ''] = written;
      expect(JSON.parse(text)).toBe(Math.round(durationMs * 1e3) / 1e3);
      expect(text.length).toBeLessThanOrEqual(maximumMsBytes);
    }),
  );
});
