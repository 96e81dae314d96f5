import { expect, test } from 'vitest';
import { formatSize } from './format-size.ts';

test.each([
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [74_651_500_000, '74.7 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
