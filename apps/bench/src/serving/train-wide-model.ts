/** Trains the reference model on rows of many numbers. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeJobTree } from '../make-job-tree.ts';
import { runProgram } from '../run-program.ts';
import { container, type TrainedModel } from './train-model.ts';

/** Trains in a new tree; `file` is what it has learned from, csv with a label in front. */
export async function trainWideModel(columns: number): Promise<TrainedModel & { readonly file: string }> {
  const root = await makeJobTree();
  const folder = join(root, 'input/data/training');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'rows.csv');
  const labels = ['setosa', 'versicolor', 'virginica'];
  const lines = writeRows(columns, 300).trimEnd().split('\n');
  await writeFile(file, lines.map((line, index) => `${labels[index % 3]},${line}\n`).join(''));
  const channels = { training: { TrainingInputMode: 'File', ContentType: 'text/csv' } };
  await writeFile(join(root, 'input/config/inputdataconfig.json'), JSON.stringify(channels));
  await runProgram([join(container, 'dist/main.js'), 'train'], { SAGEMAKER_BASE_DIR: root });
  return { root, file, remove: () => rm(root, { recursive: true }) };
}

/** Writes csv: the same numbers from 0 to 1 each time. */
export function writeRows(columns: number, count: number, decimals = 2): string {
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (((state >>> 8) + 0.1) / 2 ** 24).toFixed(decimals);
  };
  return Array.from({ length: count }, () => `${Array.from({ length: columns }, draw).join(',')}\n`).join('');
}
