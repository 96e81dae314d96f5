/** Trains the reference model, the one that all servers of the benchmarks predict with. */

import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeJobTree } from '../make-job-tree.ts';
import { runProgram } from '../run-program.ts';

/** The reference container, built. */
export const container = fileURLToPath(new URL('../../container/', import.meta.url));

export interface TrainedModel {
  /** The root of the tree; the model is in `model`, its data in `input/data`. */
  readonly root: string;
  remove(): Promise<void>;
}

/** Trains in a new tree. */
export async function trainModel(): Promise<TrainedModel> {
  const root = await makeJobTree();
  for (const channel of ['training', 'validation']) {
    await cp(join(container, 'data/iris', channel), join(root, 'input/data', channel), { recursive: true });
  }
  const channels = { training: { TrainingInputMode: 'File', ContentType: 'text/csv' } };
  await writeFile(join(root, 'input/config/inputdataconfig.json'), JSON.stringify(channels));
  await runProgram([join(container, 'dist/main.js'), 'train'], { SAGEMAKER_BASE_DIR: root });
  return { root, remove: () => rm(root, { recursive: true }) };
}
