import { expect, test } from 'vitest';
import { decodeBody } from './decode-body.ts';
import { createMediaTypes } from './media-types.ts';

test('labels of packed csv are left out', () => {
  const type = createMediaTypes().resolveContentType('text/csv; label_size=1');

  const { instances } = decodeBody(Buffer.from('9,1,2\n8,3,4\n'), type, { arrays: 'packed' });

  expect(instances).toEqual({ type: 'float64', shape: [2, 2], values: Float64Array.of(1, 2, 3, 4) });
});
