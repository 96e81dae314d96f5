import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createByteQueue } from './byte-queue.ts';

test('bytes leave in the order in which they came, however they were cut', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }));

  fc.assert(
    fc.property(pieces, fc.array(fc.nat(60)), (chunks, sizes) => {
      const queue = createByteQueue();
      const taken: Uint8Array[] = [];
      for (const [index, chunk] of chunks.entries()) {
        queue.add(chunk);
        const size = sizes[index] ?? 0;
        if (size <= queue.sizeBytes) taken.push(queue.take(size));
      }
      taken.push(queue.take(queue.sizeBytes));

      expect(Buffer.concat(taken)).toEqual(Buffer.concat(chunks));
      expect(queue.sizeBytes).toBe(0);
    }),
  );
});
