import { expect, test } from 'vitest';
import { createLineBuffer } from './line-buffer.ts';

test('lines are written whole, in order and none twice, whatever their size', () => {
  const written: string[] = [];
  const buffer = createLineBuffer((lines) => written.push(lines));
  const lines = Array.from({ length: 400 }, (_, index) => `${index} ${'éÿ~x'.repeat((index * 37) % 300)}`);
  lines.splice(200, 0, 'é'.repeat(70_000), '', 'x'.repeat(65_500), 'after');

  for (const line of lines) buffer.add(line);
  buffer.flush();
  buffer.flush();

  expect(written.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
  expect(written.every((text) => text.endsWith('\n'))).toBe(true);
  expect(written.length).toBeLessThan(lines.length / 10);
});

test('a line does not wait for others longer than the buffer says', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();

  createLineBuffer(resolve).add('alone');

  // The timer keeps no process alive; this one does.
  const alive = setInterval(() => undefined, 1_000);
  expect(await promise).toBe('alone\n');
  clearInterval(alive);
});
