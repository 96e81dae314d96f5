/**
 * Puts the templates of `optml init` into `dist`, whole: the tree's code is that of the reference container, and three
 * of them learn from its data. Puts the page of error codes there too, for `optml explain`, and the page that it leads to.
 */

import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const templates = fileURLToPath(new URL('../templates/', import.meta.url));
const container = fileURLToPath(new URL('../../container/', import.meta.url));
const output = fileURLToPath(new URL('../dist/templates/', import.meta.url));

await cp(templates, output, { recursive: true });
for (const file of ['train.ts', 'predictor.ts', 'decision-tree.ts', 'model-file.ts']) {
  await cp(`${container}src/${file}`, `${output}tree/src/${file}`);
}
for (const template of ['tree', 'onnx', 'python']) {
  await cp(`${container}data`, `${output}${template}/data`, { recursive: true });
}
for (const page of ['errors.md', 'troubleshooting.md']) {
  await cp(new URL(`../../../docs/${page}`, import.meta.url), new URL(`../dist/${page}`, import.meta.url));
}
