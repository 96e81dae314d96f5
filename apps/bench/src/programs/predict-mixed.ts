/** A predictor that does what the first number of a request says: 1 answers, 2 takes 20 ms, 3 waits, 4 throws, 5 ends its thread, 6 blocks it for 300 ms. */

import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

export default {
  [Symbol.for('@optml/definition')]: 'predictor',
  input: z.array(z.array(z.number())),
  output: z.array(z.array(z.number())),
  load: () => undefined,
  async predict(rows: readonly (readonly number[])[]) {
    const kind = rows[0]?.[0];
    if (kind === 2) block(20);
    if (kind === 3) await wait(20);
    if (kind === 4) throw new Error('told to throw');
    if (kind === 5) process.exit(1);
    if (kind === 6) block(300);
    return rows;
  },
};

function block(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}
