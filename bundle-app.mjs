/**
 * Bundles an application: `node bundle-app.mjs ENTRY...` in its folder does what `tsup --config tsup.app.config.ts
 * ENTRY...` does, and sooner. An author waits for it after each change.
 */

import { createRequire, enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

// Whoever can write to this folder can change the programs themselves.
enableCompileCache(join(import.meta.dirname, 'node_modules/.cache/compile'));

// esbuild ends with the bundle: collecting its garbage takes a third of its time, and spares 40 MB. Its own command
// line does not collect any either.
process.env.GOGC ??= 'off';

// tsup loads these at its start: two for declarations and for tree shaking of its own, of which no application has
// either, and one to print warnings.
const { resolve } = createRequire(import.meta.url);
const tsup = createRequire(resolve('tsup'));
const standIns = { rollup: {}, typescript: {}, consola: { __esModule: true, default: console } };
for (const [name, exports] of Object.entries(standIns)) {
  tsup.cache[tsup.resolve(name)] = { exports, loaded: true };
}

try {
  const { build } = await import('tsup');
  const { default: options } = await import('./tsup.app.config.ts');
  await build({ ...options, config: false, entry: process.argv.slice(2) });
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
