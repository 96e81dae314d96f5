import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTorchrunEnvironments } from './torchrun-environment.ts';

test('every process of a host learns its place', () => {
  const environments = createTorchrunEnvironments({ hosts: ['a', 'b'], rank: 1 }, 2);

  expect(environments[1]).toEqual({
    MASTER_ADDR: 'a',
    MASTER_PORT: '7777',
    WORLD_SIZE: '4',
    RANK: '3',
    LOCAL_RANK: '1',
    LOCAL_WORLD_SIZE: '2',
    NODE_RANK: '1',
    GROUP_RANK: '1',
    GROUP_WORLD_SIZE: '2',
    NNODES: '2',
  });
});

test('the ranks of all hosts are all numbers below the world size, once each', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 16 }),
      (hostCount, processesPerHost) => {
        const hosts = Array.from({ length: hostCount }, (_, index) => `algo-${index}`);

        const all = hosts.flatMap((_, rank) => createTorchrunEnvironments({ hosts, rank }, processesPerHost));

        expect(all.map(({ RANK }) => Number(RANK))).toEqual(all.map((_, index) => index));
        expect(new Set(all.map(({ WORLD_SIZE }) => WORLD_SIZE))).toEqual(new Set([String(all.length)]));
      },
    ),
  );
});
