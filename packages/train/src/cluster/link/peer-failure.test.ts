import { expect, test } from 'vitest';
import { createPeerFailure } from './peer-failure.ts';

test('the first failure stays the reason', () => {
  const failure = createPeerFailure();

  expect(failure.declare('b', undefined)).toBe(true);
  expect(failure.declare('c', 'because of b')).toBe(false);

  expect(failure.known).toEqual({ host: 'b', cause: undefined });
  expect(failure.signal.reason).toMatchObject({
    code: 'CLUSTER_HOST_FAILED',
    message: expect.stringMatching(/^host b disappeared: /),
  });
});
