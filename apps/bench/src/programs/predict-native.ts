/**
 * What predict-mixed does, with a model of onnxruntime-node, whose runs keep their worker's thread: 1 answers, 2 runs 20 ms,
 * 3 runs 2 ms, 4 throws, 5 exits, aborts or crashes, 6 runs 300 ms.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';

const trips: Readonly<Record<number, number>> = { 2: 20, 3: 2, 6: 300 };

export default {
  [Symbol.for('@optml/definition')]: 'predictor',
  input: z.array(z.array(z.number())),
  output: z.array(z.array(z.number())),
  async load({ modelDirectory }: { readonly modelDirectory: string }) {
    const onnx = createRequire(join(modelDirectory, 'package.json'))('onnxruntime-node');
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
    const session = await onnx.InferenceSession.create(join(modelDirectory, 'loop.onnx'), options);
    const run = (count: number) => {
      const inputs = { trips: new onnx.Tensor('int64', BigInt64Array.of(BigInt(count)), []) };
      return session.run(inputs, ['trip_count']);
    };
    return { run, crashFile: join(modelDirectory, 'crash.node') };
  },
  async predict(rows: readonly (readonly number[])[], { model }: { readonly model: Model }) {
    const [kind = 1, number = 0] = rows[0] ?? [];
    if (kind === 4) throw new Error('told to throw');
    if (kind === 5) end(number, model.crashFile);
    await model.run(trips[kind] ?? 0);
    return rows;
  },
};

interface Model {
  readonly crashFile: string;
  run(trips: number): Promise<unknown>;
}

/** In turn: requests of this kind have numbers that are multiples of 2,000. */
function end(number: number, crashFile: string): void {
  const way = (number / 2_000) % 3;
  if (way === 0) process.exit(1);
  if (way === 1) process.abort();
  process.dlopen({ exports: {} }, crashFile);
}
