import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseHeapLimitMiB } from './choose-heap-limit.ts';

const mebibyte = 1024 ** 2;

test.each([
  [16, 64],
  [200, 72],
  [256, 128],
  [512, 384],
  [4_096, 3_072],
  [786_432, 589_824],
])('of %i MiB the heap may have %i', (memoryMiB, heapMiB) => {
  expect(chooseHeapLimitMiB(memoryMiB * mebibyte)).toBe(heapMiB);
});

test('the limit is a whole number, never under 64 and never more than three quarters of what is above that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (memoryBytes) => {
      const limit = chooseHeapLimitMiB(memoryBytes);

      expect(Number.isInteger(limit)).toBe(true);
      expect(limit).toBeGreaterThanOrEqual(64);
      expect(limit).toBeLessThanOrEqual(Math.max(64, (memoryBytes / mebibyte) * 0.75));
    }),
  );
});

test('Node takes the limit', () => {
  const limit = chooseHeapLimitMiB(1024 * mebibyte);
  const script = 'console.log(require("node:v8").getHeapStatistics().heap_size_limit / 2 ** 20)';

  const { stdout } = spawnSync(process.execPath, [`--max-old-space-size=${limit}`, '-e', script]);

  expect(Number(stdout)).toBeGreaterThanOrEqual(limit);
});
