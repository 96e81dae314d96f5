/** Runs the tests that install from a registry, as `run-template-tests.sh` does. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/templates/*.template-test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
