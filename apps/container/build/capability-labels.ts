/**
 * Compares SageMaker's capability labels in the Dockerfile with what the built predictor implements, in this folder or in
 * the bundle that is named; with `--write` it puts them right. The image's build runs it, so that no image has labels of another kind. Leave it as it is.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeCapabilities } from '@optml/serve';

const folder = fileURLToPath(new URL('..', import.meta.url));
const dockerfile = join(folder, 'Dockerfile');
const labelLine = /^LABEL com\.amazonaws\.sagemaker\.capabilities\..*\n/gm;

const text = await readFile(dockerfile, 'utf8');
const bundle = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? '.';
const labels = await describeCapabilities(pathToFileURL(resolve(folder, bundle, 'dist/predictor.js')));
const lines = Object.entries(labels).map(([name, value]) => `LABEL ${name}="${value}"\n`);
const found = text.match(labelLine) ?? [];

if (lines.join('') === found.join('')) {
  process.stdout.write(`the labels are those of the predictor:\n${lines.join('')}`);
} else if (process.argv.includes('--write')) {
  const rest = text.replace(labelLine, '');
  await writeFile(dockerfile, rest.replace(/^ENTRYPOINT /m, `${lines.join('')}ENTRYPOINT `));
  process.stdout.write(`wrote to ${dockerfile}:\n${lines.join('')}`);
} else {
  process.stderr.write(
    `the predictor implements\n${lines.join('')}but the Dockerfile says\n${found.join('')}run "pnpm labels" in ${folder} and commit what it writes\n`,
  );
  process.exitCode = 1;
}
