/** The predictor: any ONNX classifier with one input of float32 rows and an output of probabilities. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePredictor, ServeError } from '@optml/serve/predictor';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.array(z.number())),
  output: z.array(z.object({ label: z.string(), probability: z.number() })),
  async load({ modelDirectory }) {
    // The server runs a worker for each CPU: one thread in each is the fastest for many small requests.
    const session = await InferenceSession.create(join(modelDirectory, 'model.onnx'), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const labels: string[] = JSON.parse(await readFile(join(modelDirectory, 'labels.json'), 'utf8'));
    return { session, labels, columns: readColumns(session) };
  },
  sample: ({ columns }) => [Array.from({ length: columns }, () => 0)],
  async predict(rows, { model: { session, labels, columns } }) {
    for (const [index, row] of rows.entries()) {
      if (row.length === columns) continue;
      const message = `instances[${index}] has ${row.length} numbers: expected ${columns}`;
      throw new ServeError('INPUT_INVALID', message, { record: index });
    }
    if (rows.length === 0) return [];
    const input = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, columns]);
    const output = await session.run({ [session.inputNames[0] as string]: input });
    const probabilities = output.probabilities?.data as Float32Array;
    return rows.map((_, index) => {
      const shares = probabilities.subarray(index * labels.length, (index + 1) * labels.length);
      const best = shares.indexOf(Math.max(...shares));
      return { label: labels[best] as string, probability: shares[best] as number };
    });
  },
  unload: ({ session }) => session.release(),
});

function readColumns({ inputMetadata }: InferenceSession): number {
  const [input] = inputMetadata;
  const columns = input?.isTensor ? input.shape.at(-1) : undefined;
  if (typeof columns === 'number') return columns;
  throw new Error(
    'model.onnx does not say how many columns its input has: export it with a fixed number of features',
  );
}
