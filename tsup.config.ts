import { defineConfig } from 'tsup';

/** The default of every package: ESM with declarations and source maps from one entry. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  dts: true,
  sourcemap: true,
  // Pages travel inside the code: a bundle of an application has no file beside it.
  loader: { '.html': 'text' },
  clean: true,
});
