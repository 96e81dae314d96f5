import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBarriers } from './barriers.ts';

const hosts = ['a', 'b', 'c'];

test('a barrier is settled once, by the last host, with the leader’s value', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(hosts, { minLength: 3 }), (order) => {
      const barriers = createBarriers(hosts);

      const settlements = order.map((host) =>
        barriers.arrive('m', host, host === 'a' ? 'shared' : undefined),
      );

      expect(settlements).toEqual([undefined, undefined, { barrier: 'm', passed: true, value: 'shared' }]);
    }),
  );
});

test('a host that ends settles the barriers that it has not come to', () => {
  const barriers = createBarriers(hosts);
  barriers.arrive('came', 'c');
  barriers.arrive('absent', 'a');

  expect(barriers.end('c')).toEqual([{ barrier: 'absent', passed: false, ended: ['c'] }]);
  expect(barriers.arrive('later', 'b')).toEqual({ barrier: 'later', passed: false, ended: ['c'] });
  expect(barriers.missing('came')).toEqual(['a', 'b']);
});
