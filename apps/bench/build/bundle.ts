/** Bundles the container that is measured, as that of a project is. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';

process.env.GOGC ??= 'off';
const { bundleProgram } = await import('@optml/bundle/bundle-program');

const names = ['main', 'train', 'train-output', 'training-child'];
await bundleProgram(Object.fromEntries(names.map((name) => [name, `src/container/${name}.ts`])), {
  directory: fileURLToPath(new URL('..', import.meta.url)),
  outputDirectory: 'dist/container',
  sooner: /\/(?:packages|apps)\/.*\.[mc]?[jt]s$/,
});
