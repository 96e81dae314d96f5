/** Runs the tests that install from a registry, as `run-zod-tests.sh` does. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/zod/*.zod-test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
