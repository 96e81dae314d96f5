import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMeetings } from './meetings.ts';

const hosts = ['a', 'b', 'c'];

test('a meeting is settled once, by the last host, with the leader’s offer', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(hosts, { minLength: 3 }), (order) => {
      const meetings = createMeetings(hosts);

      const settlements = order.map((host) => meetings.arrive('m', host, host === 'a' ? 'offer' : undefined));

      expect(settlements).toEqual([undefined, undefined, { meeting: 'm', met: true, offer: 'offer' }]);
    }),
  );
});

test('a host that ends settles the meetings that it has not come to', () => {
  const meetings = createMeetings(hosts);
  meetings.arrive('came', 'c');
  meetings.arrive('absent', 'a');

  expect(meetings.end('c')).toEqual([{ meeting: 'absent', met: false, ended: ['c'] }]);
  expect(meetings.arrive('later', 'b')).toEqual({ meeting: 'later', met: false, ended: ['c'] });
  expect(meetings.missing('came')).toEqual(['a', 'b']);
});
