import { expect, test } from 'vitest';
import { chooseHeap } from './choose-heap.ts';

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
