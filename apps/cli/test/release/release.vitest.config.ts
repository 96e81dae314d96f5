/** Runs the tests of a release, as `run-release-tests.sh` does. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/release/*.release-test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
