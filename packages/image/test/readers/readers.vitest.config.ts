/** Runs the tests that need programs of Debian, which `run-reader-tests.sh` installs. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/readers/*.reader-test.ts'],
    testTimeout: 60_000,
  },
});
