/** Makes projects in temporary folders. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Where optml's packages, and zod, are. */
export const optmlPackages = fileURLToPath(new URL('../node_modules', import.meta.url));

export const trainSource = `
import { defineTraining } from '@optml/train';
import { z } from 'zod';

export default defineTraining({
  hyperparameters: z.object({ name: z.string().default('world') }),
  channels: {},
  metrics: {},
  async run({ hyperparameters, model }) {
    await model.write('greeting.txt', \`hello \${hyperparameters.name}\`);
  },
});
`;

export const predictorSource = `
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePredictor } from '@optml/serve/predictor';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.string()),
  output: z.array(z.string()),
  load: ({ modelDirectory }) => readFile(join(modelDirectory, 'greeting.txt'), 'utf8'),
  predict: (instances, { model }) => instances.map((instance) => \`\${model} \${instance}\`),
});
`;

/** Writes files by their path into a new folder that has the packages of optml; gives the folder. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder(files);
  for (const name of ['@optml', 'zod']) {
    await symlink(join(optmlPackages, name), join(folder, 'node_modules', name));
  }
  return folder;
}

/** What loads a definition, and says so when it cannot. */
const createDescriber = (name: string) => `
export const ${name} = (url) => import(url).catch((cause) => {
  throw Object.assign(new Error('not loaded', { cause }), { code: 'TRAINING_IMPORT_FAILED' });
});`;

/**
 * Packages of optml with next to nothing in them, for what a bundle does with other packages: it is made, and starts, in a
 * tenth of the time.
 */
export const smallOptml = {
  'node_modules/@optml/entrypoint/package.json':
    '{"name": "@optml/entrypoint", "type": "module", "exports": {".": "./index.js", "./package.json": "./package.json"}}',
  'node_modules/@optml/entrypoint/index.js': `
export async function runContainer({ training }) {
  if (process.argv[2] !== 'train') process.exit(2);
  await (await import(training)).default.run();
}`,
  'node_modules/@optml/train/package.json':
    '{"name": "@optml/train", "type": "module", "exports": {".": "./index.js", "./*": "./index.js"}}',
  'node_modules/@optml/train/index.js': `
export const defineTraining = (definition) => definition;
${createDescriber('describeTraining')}`,
  'node_modules/@optml/serve/package.json':
    '{"name": "@optml/serve", "type": "module", "exports": {"./*": "./index.js"}}',
  'node_modules/@optml/serve/index.js': createDescriber('describeCapabilities'),
};

/** A definition that trains nothing. */
export const smallTrainSource =
  "import { defineTraining } from '@optml/train';\nexport default defineTraining({ run() {} });";

/** The same with packages of optml that do nothing but run the training module. */
export function makeSmallProject(files: Readonly<Record<string, string>>): Promise<string> {
  return makeFolder({ ...smallOptml, ...files });
}

async function makeFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-bundle-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules'));
  const manifest = '{"name": "greeter", "version": "1.2.3", "type": "module"}';
  for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}
