import { defineConfig } from 'tsup';

/** The default of every package: ESM with declarations and source maps from one entry. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  dts: true,
  sourcemap: true,
  clean: true,
});
