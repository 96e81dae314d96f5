/** Streams what a request asks for: so many items of so many characters, each with the time at which it was yielded. */

import process from 'node:process';
import { z } from 'zod';

interface Wish {
  readonly items: number;
  readonly characters: number;
}

export default {
  [Symbol.for('@optml/definition')]: 'predictor',
  input: z.object({ items: z.number(), characters: z.number() }),
  output: z.object({ atUs: z.number(), text: z.string() }),
  load: () => undefined,
  async *predict({ items, characters }: Wish) {
    const text = 'x'.repeat(characters);
    // Of the monotonic clock that all processes of a machine share.
    for (let item = 0; item < items; item += 1) yield { atUs: Number(process.hrtime.bigint()) / 1e3, text };
  },
};
