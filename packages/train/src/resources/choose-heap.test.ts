import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseHeap, chooseHeapLimitMiB } from './choose-heap.ts';

const mebibyte = 1024 ** 2;
const limited = { memoryLimited: true, memoryBytes: 8_192 * mebibyte };

test('one process gets three quarters of the container’s memory', () => {
  const heap = chooseHeap({}, limited, 1);

  expect(heap).toEqual({
    limitMiB: 6_144,
    nodeArguments: ['--max-old-space-size=6144', '--max-semi-space-size=8'],
  });
});

test('several processes of a host share the three quarters', () => {
  const heap = chooseHeap({}, limited, 4);

  expect(heap.limitMiB).toBe(1_536);
  expect(heap.nodeArguments).toContain('--max-old-space-size=1536');
});

test('a limit of the job’s own holds, for each process', () => {
  const heap = chooseHeap({ NODE_OPTIONS: '--max-old-space-size=300 --max-semi-space-size=2' }, limited, 4);

  expect(heap).toEqual({ limitMiB: 300, nodeArguments: [] });
});

test('without a limit of the container Node’s own default holds', () => {
  const heap = chooseHeap({}, { ...limited, memoryLimited: false }, 4);

  expect(heap).toEqual({ limitMiB: undefined, nodeArguments: ['--max-semi-space-size=8'] });
});

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
